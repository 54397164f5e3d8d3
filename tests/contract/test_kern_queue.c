/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * queue(3): every macro of the manual page, on queues of numbers, which are
 * read back as text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <sys/queue.h>

struct item {
	char name;
	SLIST_ENTRY(item) slist;
	LIST_ENTRY(item) list;
	SIMPLEQ_ENTRY(item) simpleq;
	STAILQ_ENTRY(item) stailq;
	TAILQ_ENTRY(item) tailq;
};

static struct item a = { .name = 'a' }, b = { .name = 'b' };
static struct item c = { .name = 'c' }, d = { .name = 'd' };

static char text[16];
static size_t length;

static void
restart(void)
{
	memset(text, 0, sizeof(text));
	length = 0;
}

static void
add(const struct item *i)
{
	text[length++] = i->name;
}

/* Overwritten, as if it were freed. */
static void
spoil(struct item *i)
{
	char name = i->name;

	memset(i, 0xa5, sizeof(*i));
	i->name = name;
}

/* --------------------------------------------------------------- SLIST */

SLIST_HEAD(slist, item);

static void
assert_slist(struct slist *head, const char *want)
{
	struct item *i, *next;

	restart();
	SLIST_FOREACH(i, head, slist)
		add(i);
	assert_string_equal(text, want);
	restart();
	SLIST_FOREACH_SAFE(i, head, slist, next)
		add(i);
	assert_string_equal(text, want);
	assert_int_equal(SLIST_EMPTY(head), want[0] == '\0');
}

static void
test_slist(void **state)
{
	struct slist head = SLIST_HEAD_INITIALIZER(head);
	struct item *i, *next;

	(void)state;
	assert_slist(&head, "");
	assert_null(SLIST_FIRST(&head));
	SLIST_INSERT_HEAD(&head, &b, slist);
	SLIST_INSERT_HEAD(&head, &a, slist);
	SLIST_INSERT_AFTER(&b, &d, slist);
	SLIST_INSERT_AFTER(&b, &c, slist);
	assert_slist(&head, "abcd");
	assert_ptr_equal(SLIST_FIRST(&head), &a);
	assert_ptr_equal(SLIST_NEXT(&a, slist), &b);
	assert_null(SLIST_NEXT(&d, slist));
	SLIST_REMOVE(&head, &c, item, slist);
	assert_slist(&head, "abd");
	SLIST_REMOVE(&head, &a, item, slist);
	assert_slist(&head, "bd");
	SLIST_REMOVE_AFTER(&b, slist);
	assert_slist(&head, "b");
	SLIST_INSERT_HEAD(&head, &a, slist);
	SLIST_REMOVE_HEAD(&head, slist);
	assert_slist(&head, "b");
	SLIST_FOREACH_SAFE(i, &head, slist, next) {
		SLIST_REMOVE(&head, i, item, slist);
		spoil(i);
	}
	assert_slist(&head, "");
	SLIST_INIT(&head);
	assert_slist(&head, "");
}

/* ---------------------------------------------------------------- LIST */

LIST_HEAD(list, item);

static void
assert_list(struct list *head, const char *want)
{
	struct item *i, *next;

	restart();
	LIST_FOREACH(i, head, list)
		add(i);
	assert_string_equal(text, want);
	restart();
	LIST_FOREACH_SAFE(i, head, list, next)
		add(i);
	assert_string_equal(text, want);
	assert_int_equal(LIST_EMPTY(head), want[0] == '\0');
}

static void
test_list(void **state)
{
	struct list head = LIST_HEAD_INITIALIZER(head);
	struct list other = LIST_HEAD_INITIALIZER(other);
	struct item *i, *next;

	(void)state;
	assert_list(&head, "");
	assert_null(LIST_FIRST(&head));
	LIST_INSERT_HEAD(&head, &b, list);
	LIST_INSERT_BEFORE(&b, &a, list);
	LIST_INSERT_AFTER(&b, &c, list);
	assert_list(&head, "abc");
	assert_ptr_equal(LIST_FIRST(&head), &a);
	assert_ptr_equal(LIST_NEXT(&a, list), &b);
	assert_null(LIST_NEXT(&c, list));
	LIST_REPLACE(&b, &d, list);
	assert_list(&head, "adc");
	LIST_REPLACE(&a, &b, list);
	assert_list(&head, "bdc");
	LIST_REPLACE(&c, &a, list);
	assert_list(&head, "bda");
	LIST_MOVE(&head, &other, list);
	assert_list(&head, "");
	assert_list(&other, "bda");
	LIST_REMOVE(&b, list);
	assert_list(&other, "da");
	LIST_MOVE(&head, &other, list);
	assert_list(&other, "");
	LIST_INSERT_HEAD(&other, &c, list);
	LIST_INSERT_HEAD(&other, &b, list);
	LIST_FOREACH_SAFE(i, &other, list, next) {
		LIST_REMOVE(i, list);
		spoil(i);
	}
	assert_list(&other, "");
	LIST_INIT(&other);
	assert_list(&other, "");
}

/* ------------------------------------------------------------- SIMPLEQ */

SIMPLEQ_HEAD(simpleq, item);

static void
assert_simpleq(struct simpleq *head, const char *want)
{
	struct item *i, *next;

	restart();
	SIMPLEQ_FOREACH(i, head, simpleq)
		add(i);
	assert_string_equal(text, want);
	restart();
	SIMPLEQ_FOREACH_SAFE(i, head, simpleq, next)
	add(i);
	assert_string_equal(text, want);
	assert_int_equal(SIMPLEQ_EMPTY(head), want[0] == '\0');
	if (want[0] != '\0')
		assert_int_equal(SIMPLEQ_LAST(head, item, simpleq)->name,
		    want[strlen(want) - 1]);
	else
		assert_null(SIMPLEQ_LAST(head, item, simpleq));
}

static void
test_simpleq(void **state)
{
	struct simpleq head = SIMPLEQ_HEAD_INITIALIZER(head), other;
	struct item *i, *next;

	(void)state;
	assert_simpleq(&head, "");
	assert_null(SIMPLEQ_FIRST(&head));
	SIMPLEQ_INSERT_TAIL(&head, &c, simpleq);
	SIMPLEQ_INSERT_HEAD(&head, &a, simpleq);
	SIMPLEQ_INSERT_AFTER(&head, &a, &b, simpleq);
	SIMPLEQ_INSERT_AFTER(&head, &c, &d, simpleq);
	assert_simpleq(&head, "abcd");
	assert_ptr_equal(SIMPLEQ_FIRST(&head), &a);
	assert_ptr_equal(SIMPLEQ_NEXT(&a, simpleq), &b);
	SIMPLEQ_REMOVE(&head, &d, item, simpleq);
	assert_simpleq(&head, "abc");
	SIMPLEQ_REMOVE_AFTER(&head, &b, simpleq);
	assert_simpleq(&head, "ab");
	SIMPLEQ_REMOVE_HEAD(&head, simpleq);
	assert_simpleq(&head, "b");
	SIMPLEQ_INIT(&other);
	SIMPLEQ_CONCAT(&head, &other);
	assert_simpleq(&head, "b");
	SIMPLEQ_INSERT_TAIL(&other, &c, simpleq);
	SIMPLEQ_INSERT_TAIL(&other, &d, simpleq);
	SIMPLEQ_CONCAT(&head, &other);
	assert_simpleq(&head, "bcd");
	assert_simpleq(&other, "");
	SIMPLEQ_FOREACH_SAFE(i, &head, simpleq, next)
	{
		SIMPLEQ_REMOVE_HEAD(&head, simpleq);
		spoil(i);
	}
	assert_simpleq(&head, "");
	SIMPLEQ_INSERT_TAIL(&head, &a, simpleq);
	assert_simpleq(&head, "a");
}

/* -------------------------------------------------------------- STAILQ */

STAILQ_HEAD(stailq, item);

static void
assert_stailq(struct stailq *head, const char *want)
{
	struct item *i, *next;

	restart();
	STAILQ_FOREACH(i, head, stailq)
		add(i);
	assert_string_equal(text, want);
	restart();
	STAILQ_FOREACH_SAFE(i, head, stailq, next)
		add(i);
	assert_string_equal(text, want);
	assert_int_equal(STAILQ_EMPTY(head), want[0] == '\0');
	if (want[0] != '\0')
		assert_int_equal(STAILQ_LAST(head, item, stailq)->name,
		    want[strlen(want) - 1]);
	else
		assert_null(STAILQ_LAST(head, item, stailq));
}

static void
test_stailq(void **state)
{
	struct stailq head = STAILQ_HEAD_INITIALIZER(head), other;
	struct item *i, *next;

	(void)state;
	assert_stailq(&head, "");
	assert_null(STAILQ_FIRST(&head));
	STAILQ_INSERT_TAIL(&head, &c, stailq);
	STAILQ_INSERT_HEAD(&head, &a, stailq);
	STAILQ_INSERT_AFTER(&head, &a, &b, stailq);
	STAILQ_INSERT_AFTER(&head, &c, &d, stailq);
	assert_stailq(&head, "abcd");
	assert_ptr_equal(STAILQ_FIRST(&head), &a);
	assert_ptr_equal(STAILQ_NEXT(&a, stailq), &b);
	STAILQ_REMOVE(&head, &d, item, stailq);
	assert_stailq(&head, "abc");
	STAILQ_REMOVE_AFTER(&head, &a, stailq);
	assert_stailq(&head, "ac");
	STAILQ_REMOVE_HEAD(&head, stailq);
	assert_stailq(&head, "c");
	STAILQ_INIT(&other);
	STAILQ_INSERT_TAIL(&other, &a, stailq);
	STAILQ_CONCAT(&head, &other);
	assert_stailq(&head, "ca");
	assert_stailq(&other, "");
	STAILQ_FOREACH_SAFE(i, &head, stailq, next) {
		STAILQ_REMOVE(&head, i, item, stailq);
		spoil(i);
	}
	assert_stailq(&head, "");
}

/* --------------------------------------------------------------- TAILQ */

TAILQ_HEAD(tailq, item);

/* Forwards and, by `other', backwards. */
static void
assert_tailq(struct tailq *head, const char *want)
{
	struct item *i, *other;
	char back[sizeof(text)] = { 0 };

	restart();
	TAILQ_FOREACH(i, head, tailq)
		add(i);
	assert_string_equal(text, want);
	restart();
	TAILQ_FOREACH_SAFE(i, head, tailq, other)
		add(i);
	assert_string_equal(text, want);
	for (size_t n = strlen(want), k = 0; k < n; k++)
		back[k] = want[n - 1 - k];
	restart();
	TAILQ_FOREACH_REVERSE(i, head, tailq, tailq)
		add(i);
	assert_string_equal(text, back);
	restart();
	TAILQ_FOREACH_REVERSE_SAFE(i, head, tailq, tailq, other)
	add(i);
	assert_string_equal(text, back);
	assert_int_equal(TAILQ_EMPTY(head), want[0] == '\0');
	if (want[0] != '\0')
		assert_int_equal(TAILQ_LAST(head, tailq)->name, back[0]);
	else
		assert_null(TAILQ_LAST(head, tailq));
}

static void
test_tailq(void **state)
{
	struct tailq head = TAILQ_HEAD_INITIALIZER(head), other;

	(void)state;
	assert_tailq(&head, "");
	assert_null(TAILQ_FIRST(&head));
	TAILQ_INSERT_TAIL(&head, &c, tailq);
	TAILQ_INSERT_HEAD(&head, &a, tailq);
	TAILQ_INSERT_BEFORE(&c, &b, tailq);
	TAILQ_INSERT_AFTER(&head, &c, &d, tailq);
	assert_tailq(&head, "abcd");
	assert_ptr_equal(TAILQ_FIRST(&head), &a);
	assert_ptr_equal(TAILQ_NEXT(&a, tailq), &b);
	assert_ptr_equal(TAILQ_PREV(&b, tailq, tailq), &a);
	assert_null(TAILQ_PREV(&a, tailq, tailq));
	TAILQ_REMOVE(&head, &b, tailq);
	assert_tailq(&head, "acd");
	TAILQ_REPLACE(&head, &d, &b, tailq);
	assert_tailq(&head, "acb");
	TAILQ_REPLACE(&head, &a, &d, tailq);
	assert_tailq(&head, "dcb");
	TAILQ_INIT(&other);
	TAILQ_INSERT_TAIL(&other, &a, tailq);
	TAILQ_CONCAT(&other, &head, tailq);
	assert_tailq(&other, "adcb");
	assert_tailq(&head, "");
	TAILQ_CONCAT(&other, &head, tailq);
	assert_tailq(&other, "adcb");
}

static void
test_tailq_emptied_both_ways(void **state)
{
	struct tailq head = TAILQ_HEAD_INITIALIZER(head);
	struct item *i, *next;

	(void)state;
	TAILQ_INSERT_TAIL(&head, &a, tailq);
	TAILQ_INSERT_TAIL(&head, &b, tailq);
	TAILQ_FOREACH_SAFE(i, &head, tailq, next) {
		TAILQ_REMOVE(&head, i, tailq);
		spoil(i);
	}
	assert_tailq(&head, "");
	TAILQ_INSERT_TAIL(&head, &a, tailq);
	TAILQ_INSERT_TAIL(&head, &b, tailq);
	TAILQ_FOREACH_REVERSE_SAFE(i, &head, tailq, tailq, next)
	{
		TAILQ_REMOVE(&head, i, tailq);
		spoil(i);
	}
	assert_tailq(&head, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slist),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_simpleq),
		cmocka_unit_test(test_stailq),
		cmocka_unit_test(test_tailq),
		cmocka_unit_test(test_tailq_emptied_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
