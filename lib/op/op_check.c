/* SPDX-License-Identifier: BSD-2-Clause */

/* Applying the rules for requests or results to a message. */

#include <errno.h>

#include "op/op_private.h"

static const struct puffsmsg__op_rule *
find_rule(const struct puffsmsg__op_rules *rules, const struct puffs_req *req)
{
	const struct puffsmsg__op_rule *rule = NULL;
	unsigned opclass = PUFFSOP_OPCLASS(req->preq_opclass);

	if (opclass == PUFFSOP_VN && req->preq_optype <= PUFFS_VN_MAX)
		rule = &rules->vn[req->preq_optype];
	else if (opclass == PUFFSOP_VFS && req->preq_optype <= PUFFS_VFS_MAX)
		rule = &rules->vfs[req->preq_optype];
	return rule != NULL && rule->size != 0 ? rule : NULL;
}

int
puffsmsg__op_check(const struct puffsmsg__op_rules *rules, const void *frame,
    size_t received)
{
	const struct puffsmsg__op_rule *rule;

	if (received < sizeof(struct puffs_req))
		return EPROTO;
	rule = find_rule(rules, frame);
	if (rule == NULL)
		return EOPNOTSUPP;
	if (received < rule->size)
		return EPROTO;
	if (rule->accept != NULL && !rule->accept(frame, received))
		return EPROTO;
	return 0;
}
