/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * nasty DIR FILES MEGABYTES: makes a directory that is hard to copy.
 * nasty -d DIR: makes one whose paths are longer than any path may be.
 *
 * As another user than root, modes that would keep diff from reading are left
 * out.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one READ of treecopy asks for. */
#define CHUNK 126976

static char block[1 << 20];

static void
must(bool good, const char *what)
{
	if (!good)
		err(1, "%s", what);
}

static void
set_time(int dir, const char *name, int64_t sec, long nsec)
{
	const struct timespec times[2] = { { 1, 2 }, { (time_t)sec, nsec } };

	must(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) == 0, name);
}

/* Contents that are not twice the same; the same at every run. */
static void
scramble(char *buf, size_t len)
{
	static uint64_t state = 88172645463325252u;
	size_t i;

	for (i = 0; i < len; i += sizeof(state)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(buf + i, &state, sizeof(state));
	}
}

static void
make_file(int dir, const char *name, size_t size)
{
	static unsigned made;
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
	size_t len;

	must(fd != -1, name);
	while (size > 0) {
		len = size < sizeof(block) ? size : sizeof(block);
		scramble(block, (len + 7) & ~(size_t)7);
		must(write(fd, block, len) == (ssize_t)len, name);
		size -= len;
	}
	close(fd);
	made++;
	set_time(dir, name, 1000000000 + made, (long)made * 7919 % 1000000000);
}

static int
make_directory(int dir, const char *name)
{
	int fd;

	must(mkdirat(dir, name, 0755) == 0, name);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	must(fd != -1, name);
	return fd;
}

/* Each as a file, as a directory and as a link. */
static void
make_named(int dir, const char *name)
{
	int files = openat(dir, "files", O_RDONLY);
	int directories = openat(dir, "directories", O_RDONLY);
	int links = openat(dir, "links", O_RDONLY);

	make_file(files, name, strlen(name));
	close(make_directory(directories, name));
	must(symlinkat(name, links, name) == 0, name);
	set_time(links, name, -123456789, 987654321);
	close(files);
	close(directories);
	close(links);
}

static void
make_names(int root)
{
	static const char *const names[] = { " ", "  two  spaces  ",
		"new\nline", "\n", "tab\tand\rreturn", "-rf", "--", "*",
		"?[a-z]", "$HOME", "`id`", "'quote", "\"double", "back\\slash",
		"\\n", "a\001b\033[2J", "\177", "...", "..a", ".hidden", "#",
		"~", "%s%n", "caf\303\251",
		"\346\227\245\346\234\254\350\252\236", "\360\237\220\241",
		"e\314\201", "latin1-\351", "\377\376", "\303", "\300\257",
		"\355\240\200", "\302\205", "CON", "a", "A" };
	int dir = make_directory(root, "names");
	char longest[256];
	size_t i;

	close(make_directory(dir, "files"));
	close(make_directory(dir, "directories"));
	close(make_directory(dir, "links"));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_named(dir, names[i]);
	memset(longest, 'x', 255);
	longest[255] = '\0';
	make_named(dir, longest);
	memset(longest, '\n', 254);
	make_named(dir, longest);
	for (i = 0; i < 255; i++)
		longest[i] = (char)(i + 1 == '/' ? 'S' : i + 1);
	make_named(dir, longest);
	close(dir);
}

/* Sizes around what one message, page or block can hold. */
static void
make_sizes(int root)
{
	static const size_t sizes[] = { 0, 1, 7, 511, 512, 4095, 4096, 4097,
		CHUNK - 1, CHUNK, CHUNK + 1, 131071, 131072, 131073,
		2 * CHUNK - 1, 2 * CHUNK, 3 * CHUNK + 4096 };
	int dir = make_directory(root, "sizes");
	char name[32];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "%zu", sizes[i]);
		make_file(dir, name, sizes[i]);
	}
	make_file(dir, "hole", 5);
	fd = openat(dir, "hole", O_WRONLY);
	must(pwrite(fd, "end", 3, 5000000) == 3, "hole");
	close(fd);
	make_file(dir, "one name", 1234);
	must(linkat(dir, "one name", dir, "another name", 0) == 0, "link");
	close(dir);
}

static void
make_modes(int root)
{
	static const mode_t modes[] = { 0, 01, 0111, 0222, 0400, 0444, 0500,
		0600, 0700, 0711, 0755, 0777, 01644, 01777, 02755, 02777, 04711,
		04755, 06755, 07777 };
	const bool is_root = geteuid() == 0;
	int child, dir = make_directory(root, "modes");
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!is_root && (modes[i] & 0500) != 0500)
			continue;
		snprintf(name, sizeof(name), "file %04o", (unsigned)modes[i]);
		make_file(dir, name, 10);
		if (is_root && i % 2 == 0)
			must(fchownat(dir, name, 1234, 5678, 0) == 0, name);
		must(fchmodat(dir, name, modes[i], 0) == 0, name);
		snprintf(name, sizeof(name), "dir %04o", (unsigned)modes[i]);
		child = make_directory(dir, name);
		make_file(child, "inside", 10);
		set_time(dir, name, 86400 * (int64_t)i, 1);
		if (is_root && i % 2 == 0)
			must(fchown(child, 8765, 4321) == 0, name);
		must(fchmod(child, modes[i]) == 0, name);
		close(child);
	}
	close(dir);
}

static void
make_links(int root)
{
	int dir = make_directory(root, "symlinks");
	char target[4096];

	must(symlinkat("nowhere", dir, "dangling") == 0, "dangling");
	must(symlinkat("/etc/passwd", dir, "absolute") == 0, "absolute");
	must(symlinkat("loop", dir, "loop") == 0, "loop");
	must(symlinkat("..", dir, "up") == 0, "up");
	must(symlinkat("../names", dir, "directory") == 0, "directory");
	must(symlinkat("new\nline \377", dir, "bytes") == 0, "bytes");
	memset(target, 'l', sizeof(target));
	target[1023] = '\0';
	must(symlinkat(target, dir, "1023") == 0, "1023");
	target[1023] = 'l';
	target[1024] = '\0';
	must(symlinkat(target, dir, "1024") == 0, "1024");
	target[1024] = 'l';
	target[4095] = '\0';
	must(symlinkat(target, dir, "4095") == 0, "4095");
	set_time(dir, "4095", 4000000000, 999999999);
	close(dir);
}

static void
make_times(int root)
{
	static const int64_t seconds[] = { -2000000000, -1, 0, 1, 2147483647,
		2147483648, 4294967296, 7000000000 };
	int dir = make_directory(root, "times");
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		snprintf(name, sizeof(name), "%lld", (long long)seconds[i]);
		make_file(dir, name, 1);
		set_time(dir, name, seconds[i], i % 2 == 0 ? 999999999 : 1);
	}
	close(dir);
}

static void
make_empty_levels(int root)
{
	static const char *const names[] = { "empty", "empty/1", "empty/1/2",
		"empty/1/2/3", "empty/1/2/3/4", "empty/1/2/3/4/5" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(make_directory(root, names[i]));
	for (i = sizeof(names) / sizeof(names[0]); i-- > 0;)
		set_time(root, names[i], 500000000 + (int64_t)i, 123456789);
}

/* Half of them in one directory, the rest a hundred at a time. */
static void
make_many(int root, unsigned count)
{
	int dir = make_directory(root, "many"), part = -1;
	char name[32];
	unsigned i;

	for (i = 0; i < count / 2; i++) {
		snprintf(name, sizeof(name), "small file %u", i);
		make_file(dir, name, i % 97);
	}
	for (; i < count; i++) {
		if (part == -1 || i % 100 == 0) {
			if (part != -1)
				close(part);
			snprintf(name, sizeof(name), "part %u", i / 100);
			part = make_directory(dir, name);
		}
		snprintf(name, sizeof(name), "%u", i);
		make_file(part, name, i % 1009);
	}
	if (part != -1)
		close(part);
	close(dir);
}

static void
make_nasty(const char *path, unsigned files, unsigned megabytes)
{
	static const char *const last[] = { "names", "sizes", "modes",
		"symlinks", "times", "many", "." };
	int root = make_directory(AT_FDCWD, path);
	size_t i;

	make_names(root);
	make_sizes(root);
	make_modes(root);
	make_links(root);
	make_times(root);
	make_empty_levels(root);
	make_file(root, "large", (size_t)megabytes << 20);
	make_many(root, files);
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		set_time(root, last[i], 1600000000 + (int64_t)i, 100000001);
	close(root);
}

/* Paths of 25 kB. */
static void
make_deep(const char *path)
{
	int below, dir = make_directory(AT_FDCWD, path);
	char name[256];
	unsigned i;

	memset(name, 'd', 255);
	name[255] = '\0';
	for (i = 0; i < 100; i++) {
		make_file(dir, "file", i);
		below = make_directory(dir, name);
		close(dir);
		dir = below;
	}
	must(symlinkat("file", dir, "link") == 0, "link");
	close(dir);
}

int
main(int argc, char *argv[])
{
	umask(0);
	if (argc == 3 && strcmp(argv[1], "-d") == 0) {
		make_deep(argv[2]);
		return 0;
	}
	if (argc != 4)
		errx(2, "usage: nasty DIR FILES MEGABYTES | nasty -d DIR");
	make_nasty(argv[1], (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
	return 0;
}
