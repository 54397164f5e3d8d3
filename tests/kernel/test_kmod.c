/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * kmod.c, which is written for a kernel, at work in this process: plain threads
 * use it, wait in it, are interrupted, time out, and are there when it goes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <puffsmsg/lwp.h>
#include <puffsmsg/puffsmsg.h>

#include "kmodvar.h"

#define KEY       0x5a
#define PRODUCERS 4
#define CONSUMERS 3
#define MESSAGES  300 /* of each producer */
#define MAXLEN    100

static const struct kmod_config plain = {
	.kc_limit = 16,
	.kc_maxlen = MAXLEN,
	.kc_key = KEY,
	.kc_paused = false,
	.kc_watch_ms = 10000,
};

static struct kmod_softc *sc;
static struct kmod_stats stats;

static void
attach(const struct kmod_config *config)
{
	memset(&stats, 0, sizeof(stats));
	puffs_msgif_init();
	assert_int_equal(kmod_attach(config, &sc), 0);
}

/* What goes in comes out or is lost, and nothing of it stays. */
static void
detach(void)
{
	kmod_detach(sc, &stats);
	puffs_msgif_destroy();
	assert_int_equal(stats.ks_written, stats.ks_read + stats.ks_lost);
	assert_int_equal(stats.ks_constructed, stats.ks_destructed);
}

static pthread_t
spawn(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
	return thread;
}

static void
join(pthread_t thread)
{
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ------------------------------------------------- one thread, by itself */

static void
test_bytes_come_out_changed(void **state)
{
	uint8_t text[MAXLEN], got[MAXLEN];
	size_t len;

	(void)state;
	attach(&plain);
	/* Short ones and long ones are kept in different places. */
	for (size_t n = 1; n <= MAXLEN; n += 11) {
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(i * n);
		assert_int_equal(kmod_write(sc, text, n), 0);
		len = sizeof(got);
		assert_int_equal(kmod_read(sc, got, &len, 0), 0);
		assert_int_equal(len, n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(got[i], text[i] ^ KEY);
	}
	detach();
	assert_int_equal(stats.ks_written, 10);
	assert_int_equal(stats.ks_read, 10);
	assert_int_equal(stats.ks_bytes, 10 + 11 * 45);
}

static void
test_wrong_lengths(void **state)
{
	uint8_t text[MAXLEN + 1] = { 1, 2, 3 };
	size_t len = 2;

	(void)state;
	attach(&plain);
	assert_int_equal(kmod_write(sc, text, 0), EMSGSIZE);
	assert_int_equal(kmod_write(sc, text, MAXLEN + 1), EMSGSIZE);
	assert_int_equal(kmod_write(sc, text, 3), 0);
	assert_int_equal(kmod_read(sc, text, &len, 0), EMSGSIZE);
	assert_int_equal(len, 3);
	assert_int_equal(kmod_read(sc, text, &len, 0), 0);
	assert_int_equal(text[2], 3 ^ KEY);
	detach();
	assert_int_equal(stats.ks_written, 1);
}

static void
test_configuration(void **state)
{
	struct kmod_config config = plain, got;
	uint8_t byte = 7;
	size_t len = 1;

	(void)state;
	config.kc_limit = 0;
	puffs_msgif_init();
	assert_int_equal(kmod_attach(&config, &sc), EINVAL);
	puffs_msgif_destroy();
	attach(&plain);
	assert_int_equal(kmod_setconfig(sc, &config), EINVAL);
	config.kc_limit = 2;
	config.kc_key = 0xff;
	assert_int_equal(kmod_setconfig(sc, &config), 0);
	kmod_getconfig(sc, &got);
	assert_int_equal(got.kc_limit, 2);
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	assert_int_equal(kmod_read(sc, &byte, &len, 0), 0);
	assert_int_equal(byte, 7 ^ 0xff);
	detach();
}

static void
test_a_read_times_out(void **state)
{
	uint8_t byte;
	size_t len = 1;

	(void)state;
	attach(&plain);
	assert_int_equal(kmod_read(sc, &byte, &len, 1), EWOULDBLOCK);
	detach();
	assert_int_equal(stats.ks_timedout, 1);
	assert_int_equal(stats.ks_interrupted, 0);
}

static void
test_requests_that_nobody_reads_are_lost(void **state)
{
	struct kmod_config config = plain;
	uint8_t text[MAXLEN] = { 0 };

	(void)state;
	config.kc_paused = true;
	attach(&config);
	for (size_t n = 1; n <= 10; n++)
		assert_int_equal(kmod_write(sc, text, n * 10), 0);
	detach();
	assert_int_equal(stats.ks_lost, 10);
	assert_int_equal(stats.ks_bytes, 0);
}

/* --------------------------------------------------- somebody is asleep */

struct sleeper {
	int error;
	int32_t lid;
	bool writes;
};

static void *
sleeper(void *arg)
{
	struct sleeper *s = arg;
	uint8_t byte = 1;
	size_t len = 1;

	s->lid = puffsmsg_lwp_self();
	s->error = s->writes ? kmod_write(sc, &byte, 1)
			     : kmod_read(sc, &byte, &len, 0);
	return NULL;
}

static void
test_a_signal_to_the_process_ends_a_read(void **state)
{
	struct sleeper s = { .error = -1 };
	pthread_t thread;

	(void)state;
	attach(&plain);
	thread = spawn(sleeper, &s);
	kmod_await_sleepers(sc, 1);
	kmod_signal(sc, SIGINT);
	join(thread);
	assert_int_equal(s.error, EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	detach();
	assert_int_equal(stats.ks_interrupted, 1);
}

static void
test_a_signal_to_one_lwp_ends_its_read(void **state)
{
	struct sleeper one = { .error = -1 }, other = { .error = -1 };
	pthread_t threads[2];
	uint8_t byte = 3;

	(void)state;
	attach(&plain);
	threads[0] = spawn(sleeper, &one);
	threads[1] = spawn(sleeper, &other);
	kmod_await_sleepers(sc, 2);
	assert_int_equal(puffsmsg_lwp_kill(other.lid, SIGUSR1), 0);
	join(threads[1]);
	assert_int_equal(other.error, EINTR);
	/* The other one gets what comes. */
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	join(threads[0]);
	assert_int_equal(one.error, 0);
	detach();
	assert_int_equal(stats.ks_interrupted, 1);
	assert_int_equal(stats.ks_read, 1);
}

static void
test_a_signal_ends_a_write(void **state)
{
	struct kmod_config config = plain;
	struct sleeper s = { .error = -1, .writes = true };
	pthread_t thread;
	uint8_t byte = 3;

	(void)state;
	config.kc_paused = true;
	config.kc_limit = 1;
	attach(&config);
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	thread = spawn(sleeper, &s);
	kmod_await_sleepers(sc, 1);
	assert_int_equal(puffsmsg_lwp_kill(s.lid, SIGTERM), 0);
	join(thread);
	assert_int_equal(s.error, EINTR);
	detach();
	assert_int_equal(stats.ks_written, 1);
}

static void
test_room_wakes_a_writer(void **state)
{
	struct kmod_config config = plain;
	struct sleeper s = { .error = -1, .writes = true };
	pthread_t thread;
	uint8_t byte = 3;
	size_t len = 1;

	(void)state;
	config.kc_limit = 1;
	attach(&config);
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	thread = spawn(sleeper, &s);
	kmod_await_sleepers(sc, 1);
	assert_int_equal(kmod_read(sc, &byte, &len, 0), 0);
	join(thread);
	assert_int_equal(s.error, 0);
	assert_int_equal(kmod_read(sc, &byte, &len, 0), 0);
	detach();
	assert_int_equal(stats.ks_written, 2);
}

static void
test_a_short_buffer_passes_the_wakeup_on(void **state)
{
	struct sleeper one = { .error = -1 }, other = { .error = -1 };
	pthread_t threads[2];
	uint8_t text[3] = { 1, 2, 3 };
	size_t len = sizeof(text);

	(void)state;
	attach(&plain);
	threads[0] = spawn(sleeper, &one);
	threads[1] = spawn(sleeper, &other);
	kmod_await_sleepers(sc, 2);
	assert_int_equal(kmod_write(sc, text, 3), 0);
	join(threads[0]);
	join(threads[1]);
	assert_int_equal(one.error, EMSGSIZE);
	assert_int_equal(other.error, EMSGSIZE);
	assert_int_equal(kmod_read(sc, text, &len, 0), 0);
	detach();
}

static void
test_detach_sends_sleepers_away(void **state)
{
	struct kmod_config config = plain;
	struct sleeper readers[2] = { { .error = -1 }, { .error = -1 } };
	struct sleeper writer = { .error = -1, .writes = true };
	pthread_t threads[3];
	uint8_t byte = 3;

	(void)state;
	config.kc_paused = true;
	config.kc_limit = 1;
	attach(&config);
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	threads[0] = spawn(sleeper, &readers[0]);
	threads[1] = spawn(sleeper, &readers[1]);
	threads[2] = spawn(sleeper, &writer);
	kmod_await_sleepers(sc, 3);
	detach();
	for (unsigned i = 0; i < 3; i++)
		join(threads[i]);
	assert_int_equal(readers[0].error, ENXIO);
	assert_int_equal(readers[1].error, ENXIO);
	assert_int_equal(writer.error, ENXIO);
	assert_int_equal(stats.ks_lost, 1);
}

static void
test_the_watchdog_sees_a_stall(void **state)
{
	struct kmod_config config = plain;
	uint8_t byte = 3;
	size_t len = 1;

	(void)state;
	config.kc_paused = true;
	config.kc_watch_ms = 10;
	attach(&config);
	assert_int_equal(kmod_write(sc, &byte, 1), 0);
	kmod_await_stalls(sc, 3);
	config.kc_paused = false;
	assert_int_equal(kmod_setconfig(sc, &config), 0);
	assert_int_equal(kmod_read(sc, &byte, &len, 0), 0);
	detach();
	assert_true(stats.ks_stalls >= 3);
	assert_int_equal(stats.ks_read, 1);
}

/* -------------------------------------------- all at once, and to the end */

/* A message says whose it is and which; longer ones say it more often. */
struct word {
	uint8_t producer;
	uint8_t high, low; /* number */
};

static uint64_t sums[PRODUCERS];
static uint8_t seen[PRODUCERS][MESSAGES];

static void *
producer(void *arg)
{
	uint64_t *sum = arg;
	struct word text[MAXLEN / sizeof(struct word)];

	for (unsigned n = 0; n < MESSAGES; n++) {
		struct word w = { (uint8_t)(sum - sums), (uint8_t)(n >> 8),
			(uint8_t)n };
		size_t words = 1 + n % (sizeof(text) / sizeof(w));

		for (size_t i = 0; i < words; i++) {
			text[i] = w;
			*sum += (uint64_t)w.producer + w.high + w.low;
		}
		assert_int_equal(kmod_write(sc, text, words * sizeof(w)), 0);
	}
	return NULL;
}

/* Ends with a message of one byte, which no producer writes. */
static void *
consumer(void *arg)
{
	uint8_t got[MAXLEN];
	struct word w, other;
	size_t len;

	for (;;) {
		len = sizeof(got);
		assert_int_equal(kmod_read(sc, got, &len, 0), 0);
		if (len == 1)
			return arg;
		assert_int_equal(len % sizeof(w), 0);
		for (size_t i = 0; i < len; i++)
			got[i] ^= KEY;
		memcpy(&w, got, sizeof(w));
		for (size_t i = 0; i < len; i += sizeof(w)) {
			memcpy(&other, got + i, sizeof(other));
			assert_memory_equal(&w, &other, sizeof(w));
		}
		assert_true(w.producer < PRODUCERS);
		assert_true(w.high * 256 + w.low < MESSAGES);
		/* Each is read once, so by one thread. */
		seen[w.producer][w.high * 256 + w.low]++;
	}
}

static void
test_producers_and_consumers(void **state)
{
	pthread_t in[PRODUCERS], out[CONSUMERS];
	uint64_t sum = 0;
	uint8_t end = 0;

	(void)state;
	attach(&plain);
	for (unsigned i = 0; i < CONSUMERS; i++)
		out[i] = spawn(consumer, NULL);
	for (unsigned i = 0; i < PRODUCERS; i++)
		in[i] = spawn(producer, &sums[i]);
	for (unsigned i = 0; i < PRODUCERS; i++) {
		join(in[i]);
		sum += sums[i];
	}
	for (unsigned i = 0; i < CONSUMERS; i++)
		assert_int_equal(kmod_write(sc, &end, 1), 0);
	for (unsigned i = 0; i < CONSUMERS; i++)
		join(out[i]);
	detach();
	for (unsigned p = 0; p < PRODUCERS; p++) {
		for (unsigned n = 0; n < MESSAGES; n++)
			assert_int_equal(seen[p][n], 1);
	}
	assert_int_equal(stats.ks_written, PRODUCERS * MESSAGES + CONSUMERS);
	assert_int_equal(stats.ks_lost, 0);
	assert_true(stats.ks_sum == sum);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_come_out_changed),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_a_read_times_out),
		cmocka_unit_test(test_requests_that_nobody_reads_are_lost),
		cmocka_unit_test(test_a_signal_to_the_process_ends_a_read),
		cmocka_unit_test(test_a_signal_to_one_lwp_ends_its_read),
		cmocka_unit_test(test_a_signal_ends_a_write),
		cmocka_unit_test(test_room_wakes_a_writer),
		cmocka_unit_test(test_a_short_buffer_passes_the_wakeup_on),
		cmocka_unit_test(test_detach_sends_sleepers_away),
		cmocka_unit_test(test_the_watchdog_sees_a_stall),
		cmocka_unit_test(test_producers_and_consumers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
