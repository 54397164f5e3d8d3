#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The checks of this directory find what they are for: each is run on a small
# library without a fault, then with one fault after the other.
# CC may come from the environment.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0

# expect <pass|fail> <words in the output> <name> <command...>
expect() {
	want=$1
	words=$2
	name=$3
	shift 3
	if "$@" >out 2>&1; then got=pass; else got=fail; fi
	if [ "$got" = "$want" ] && { [ -z "$words" ] || grep -q -e "$words" out; }; then
		echo "ok: $name"
		return
	fi
	echo "FAILED: $name: wanted $want with '$words', got $got:"
	cat out
	status=1
}

# ----------------------------------------------------------------- symbols

# sources: a header and a source with all that should be there
sources() {
	rm -rf include
	mkdir -p include/puffsmsg/kern/sys
	{
		cat <<'EOF'
struct puffsmsg_thing { int (*puffsmsg_member)(int); int n; };
typedef int (*puffsmsg_fn)(int);
enum puffsmsg_kind { PUFFSMSG_A, PUFFSMSG_B };
static inline int puffsmsg_inlined(int n) { if (n) { return 1; } return n; }
extern const struct puffsmsg_thing puffsmsg_object;
struct puffsmsg_thing *puffsmsg_made(puffsmsg_fn fn,
    int n) __attribute__((nonnull(1)));
_Static_assert(sizeof(struct puffsmsg_thing) > 0, "puffsmsg_size");
EOF
		sed 's/.*/int &(void);/' "$here/the19.txt"
	} >include/puffsmsg/all.h
	echo 'void puffsmsg_kern_panic(const char *, ...);' \
	    >include/puffsmsg/kern/sys/systm.h
	{
		echo '#include <puffsmsg/all.h>'
		echo '#include <sys/systm.h>'
		sed 's/.*/int &(void) { return 0; }/' "$here/the19.txt"
		cat <<'EOF'
const struct puffsmsg_thing puffsmsg_object = { 0, 1 };
struct puffsmsg_thing *puffsmsg_made(puffsmsg_fn fn, int n)
{ (void)fn; (void)n; return 0; }
void puffsmsg_kern_panic(const char *s, ...) { (void)s; }
__attribute__((visibility("hidden"))) int puffsmsg__inner(void) { return 0; }
EOF
	} >all.c
}

symbols() {
	${CC:-cc} -Iinclude -Iinclude/puffsmsg/kern -fPIC -w -c all.c &&
	    ${CC:-cc} -shared -nostartfiles -o all.so all.o &&
	    rm -f all.a && ar rc all.a all.o &&
	    "$here/check_symbols.sh" all.so all.a include
}

sources
expect pass '' 'symbols: nothing wrong' symbols
sources
echo 'int mutex_enter(void) { return 0; }' >>all.c
expect fail mutex_enter 'symbols: a foreign name' symbols
sources
sed -i '/puffs_userdead/d' all.c
expect fail puffs_userdead 'symbols: one of the 19 is missing' symbols
sources
echo 'int puffs_extra(void) { return 0; }' >>all.c
expect fail puffs_extra 'symbols: a 20th call' symbols
sources
echo 'int puffsmsg_secret(void) { return 0; }' >>all.c
expect fail 'puffsmsg_secret' 'symbols: exported, not declared' symbols
sources
echo 'int puffsmsg_promised(int);' >>include/puffsmsg/all.h
expect fail 'puffsmsg_promised' 'symbols: declared, not exported' symbols
sources
echo 'extern int puffsmsg_lost;' >>include/puffsmsg/all.h
expect fail 'puffsmsg_lost' 'symbols: an object, not exported' symbols
sources
echo 'extern int puffsmsg_state;' >>include/puffsmsg/all.h
echo 'int puffsmsg_state;' >>all.c
expect fail 'can be written to' 'symbols: an object that is not const' symbols
sources
echo 'int puffsmsg__leaked(void) { return 0; }' >>all.c
expect fail 'puffsmsg__leaked' 'symbols: an internal is exported' symbols
sources
echo '__attribute__((visibility("hidden"))) int kmem_alloc;' >>all.c
expect fail 'kmem_alloc' 'symbols: a foreign name in the archive' symbols

# ------------------------------------------------------------------ floors

# floors <floor> <C source>: its object against two floors below
floors() {
	echo "$2" | ${CC:-cc} -w -O1 -fno-builtin -c -x c - -o own.o
	echo "int puffsmsg__kern_inner; int puffsmsg_kern_outer;" |
	    ${CC:-cc} -w -c -x c - -o kern.o
	echo "int puffsmsg__host_inner; int puffsmsg_host_outer;" |
	    ${CC:-cc} -w -c -x c - -o host.o
	for object in own kern host; do
		echo "$PWD/$object.o" >"$object.txt"
	done
	"$here/check_floors.sh" "$1" own.txt -o kern.txt -p host.txt
}

expect pass '' 'floors: libc as allowed' \
    floors msgif 'void f(char *p) { memcpy(p, p + 9, strlen(p)); }'
expect pass '' 'floors: its own, the floor below' \
    floors msgif 'void g(void); void h(void) { g(); } void g(void) { h(); }
	extern int puffsmsg__kern_inner, puffsmsg_host_outer;
	int f(void) { return puffsmsg__kern_inner + puffsmsg_host_outer; }'
expect fail 'pthread_self in own.o' 'floors: an OS call' \
    floors msgif 'void f(void) { pthread_self(); }'
expect fail 'malloc' 'floors: malloc' floors kern 'void f(void) { malloc(1); }'
expect fail 'errno' 'floors: errno' \
    floors kern 'int *__errno_location(void);
	int f(void) { return *__errno_location(); }'
expect fail 'puffsmsg__host_inner' 'floors: an internal two floors down' \
    floors msgif 'extern int puffsmsg__host_inner;
	int f(void) { return puffsmsg__host_inner; }'
expect fail 'puffsmsg__above' 'floors: a floor above' \
    floors kern 'void f(void) { puffsmsg__above(); }'
expect pass '' 'floors: sets of signals' \
    floors kern 'void f(void *s) { sigemptyset(s); }'
expect fail 'sigemptyset' 'floors: sets of signals, too high' \
    floors msgif 'void f(void *s) { sigemptyset(s); }'
expect fail 'snprintf' 'floors: text in op' \
    floors op 'void f(char *s) { snprintf(s, 1, s); }'
: >empty.txt
expect fail 'no objects' 'floors: nothing to look at' \
    "$here/check_floors.sh" op empty.txt

# ------------------------------------------------------------- kernel page

# kern: a header and a page that agree, then the lines of $edit are run
kern() {
	rm -rf include
	mkdir -p include/puffsmsg/kern/sys
	cat >include/puffsmsg/kern/sys/thing.h <<'EOF'
/* thing_gone(t) is a word of this * comment
 * only. **/
struct thing { int t_member; };
#define PUFFSMSG__THING(t) (t)
#define thing_get(t) PUFFSMSG__THING(t)
#define thing_put(t) PUFFSMSG__THING(t)
#define thing_put_nv(t) PUFFSMSG__THING(t)
#define thing_none 0
EOF
	cat >page <<'EOF'
Text with |bars| in it.
| call | |
|---|---|
| thing_get, thing_put{,_nv}; t_member | yes, thing_lost as well |
| thing_no, thing_n* | no: there are none |
| thing_later | not yet |
EOF
	eval "$1"
	"$here/check_kern.sh" page include
}

expect pass '' 'kern: nothing wrong' kern :
expect fail 'thing_gone' 'kern: on the page, in a comment only' \
    kern 'echo "| thing_gone | yes |" >>page'
expect fail 'thing_put_old' 'kern: on the page in braces, in no header' \
    kern 'sed -i "s/{,_nv}/{,_nv,_old}/" page'
expect fail 'thing_no' 'kern: there, and on the page with no' \
    kern 'echo "#define thing_no(t) 0" >>include/puffsmsg/kern/sys/thing.h'
expect fail 'thing_later' 'kern: there, and on the page with not yet' \
    kern 'echo "#define thing_later 1" >>include/puffsmsg/kern/sys/thing.h'
expect fail 'thing_new' 'kern: a macro that is not on the page' \
    kern 'echo "#define thing_new(t) 0" >>include/puffsmsg/kern/sys/thing.h'
expect fail 'nothing to compare' 'kern: an empty page' kern ': >page'

exit "$status"
