/* SPDX-License-Identifier: BSD-2-Clause */

/* File types as vattr, mode bits and directory entries have them. */

#include "op/op_private.h"

#define TYPE_MASK 0170000u
#define PERM_MASK 07777u

struct filetype {
	uint32_t mode;
	uint8_t dtype;
};

/* Indexed by enum puffsmsg_vtype. */
static const struct filetype filetypes[] = {
	{ 0, PUFFSMSG_DT_UNKNOWN },
	{ 0100000, PUFFSMSG_DT_REG },
	{ 0040000, PUFFSMSG_DT_DIR },
	{ 0060000, PUFFSMSG_DT_BLK },
	{ 0020000, PUFFSMSG_DT_CHR },
	{ 0120000, PUFFSMSG_DT_LNK },
	{ 0140000, PUFFSMSG_DT_SOCK },
	{ 0010000, PUFFSMSG_DT_FIFO },
};

int
puffsmsg__op_nodetype(int32_t vtype)
{
	return vtype > PUFFSMSG_VNON && vtype < PUFFSMSG_VBAD;
}

int
puffsmsg__op_vattrtype(int32_t vtype)
{
	return vtype >= PUFFSMSG_VNOVAL && vtype <= PUFFSMSG_VBAD;
}

int32_t
puffsmsg_op_vtype(uint32_t mode)
{
	int32_t vtype;

	for (vtype = PUFFSMSG_VREG; vtype < PUFFSMSG_VBAD; vtype++) {
		if (filetypes[vtype].mode == (mode & TYPE_MASK))
			return vtype;
	}
	return PUFFSMSG_VNON;
}

uint32_t
puffsmsg_op_mode(int32_t vtype, uint32_t perm)
{
	uint32_t type;

	type = puffsmsg__op_nodetype(vtype) ? filetypes[vtype].mode : 0;
	return type | (perm & PERM_MASK);
}

uint8_t
puffsmsg_op_dtype(int32_t vtype)
{
	if (!puffsmsg__op_nodetype(vtype))
		return PUFFSMSG_DT_UNKNOWN;
	return filetypes[vtype].dtype;
}
