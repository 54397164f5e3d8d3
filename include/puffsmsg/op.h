/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_H
#define PUFFSMSG_OP_H

/*
 * Operation messages: what is asked of a file server, and what it answers.
 *
 * Layouts, the same on every platform, with asserted offsets:
 *	<puffsmsg/op_types.h>	names, credentials, attributes, entries
 *	<puffsmsg/op_vfs.h>	messages of class PUFFSOP_VFS
 *	<puffsmsg/op_vn_name.h>	messages of class PUFFSOP_VN with names,
 *	<puffsmsg/op_vn_file.h>	about one node,
 *	<puffsmsg/op_vn_ext.h>	about extended attributes
 *
 * The life of a message, and what helps with it:
 *	<puffsmsg/op_build.h>	puffsmsg_op_build_*: the caller writes a request
 *	<puffsmsg/op_read.h>	puffsmsg_op_request*: the server reads it
 *	<puffsmsg/op_reply.h>	puffsmsg_op_reply_*, _fill_*: the server answers
 *	<puffsmsg/op_read.h>	puffsmsg_op_result*, _dirents_*: the caller
 *				reads the answer
 *	<puffsmsg/op_value.h>	attributes, credentials, names in all of them
 *
 * These functions know nothing of mounts and parks, only of memory that holds
 * a message: they serve transports, servers in other processes and tests as
 * well.  They allocate nothing, take no locks, keep no state and never block.
 */

#include <puffsmsg/op_build.h>
#include <puffsmsg/op_read.h>
#include <puffsmsg/op_reply.h>
#include <puffsmsg/op_types.h>
#include <puffsmsg/op_value.h>
#include <puffsmsg/op_vfs.h>
#include <puffsmsg/op_vn_ext.h>
#include <puffsmsg/op_vn_file.h>
#include <puffsmsg/op_vn_name.h>

#endif /* PUFFSMSG_OP_H */
