/* SPDX-License-Identifier: BSD-2-Clause */

/* What all requests start with. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg__op_start(const struct puffsmsg__op_request *request)
{
	struct puffs_req *req = request->mem;

	if (request->len < request->fixed ||
	    request->len - request->fixed < request->data)
		return EMSGSIZE;
	memset(req + 1, 0, request->fixed - sizeof(*req));
	req->preq_opclass = request->opclass;
	req->preq_optype = request->optype;
	req->preq_cookie64 = request->node;
	req->preq_rv = 0;
	req->preq_setbacks = 0;
	return 0;
}

int
puffsmsg__op_start_cred(const struct puffsmsg__op_request *request,
    const struct puffs_kcred *cred)
{
	/* Its credential is where those of all such messages are. */
	struct puffs_vnmsg_close *m = request->mem;
	int error;

	error = puffsmsg__op_start(request);
	if (error == 0)
		puffsmsg__op_cred_copy(&m->pvnr_cred, cred);
	return error;
}
