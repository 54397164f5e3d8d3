/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OUTCOME_H
#define OUTCOME_H

/*
 * How messages ended, as the mount counted it.
 */

#include "msgfix.h"

/*
 * That the counters of fix_stats are exactly these; what is left out is 0.
 * `accepted' is what the others add up to.
 */
struct outcome {
	uint64_t replied, refused, delivery, dead, interrupted, timedout,
	    cancelled, faf_done, faf_dead, rejected, unknown, late, forgotten;
};
static inline void
outcome_is(struct puffs_mount *mount, struct outcome want)
{
	struct puffsmsg_mount_stats st = fix_stats(mount);

	assert_int_equal(fix_inflight(&st), 0);
	assert_int_equal(st.replied, want.replied);
	assert_int_equal(st.refused, want.refused);
	assert_int_equal(st.delivery, want.delivery);
	assert_int_equal(st.dead, want.dead);
	assert_int_equal(st.interrupted, want.interrupted);
	assert_int_equal(st.timedout, want.timedout);
	assert_int_equal(st.cancelled, want.cancelled);
	assert_int_equal(st.faf_done, want.faf_done);
	assert_int_equal(st.faf_dead, want.faf_dead);
	assert_int_equal(st.rejected, want.rejected);
	assert_int_equal(st.unknown, want.unknown);
	assert_int_equal(st.late, want.late);
	assert_int_equal(st.forgotten, want.forgotten);
}

#endif /* OUTCOME_H */
