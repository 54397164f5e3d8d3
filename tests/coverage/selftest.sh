#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh finds what it is for: crafted results, with one fault at a time.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0

mkdir lib
cat >lib/a.c <<'EOF'
int
first(int n)
{
	if (n < 0)
		return  -1;
	return n;
}

static int
second(void)
{
	return -1;
}
EOF

# results <hits of line 4> <5> <6> <12>
results() {
	cat <<EOF >xml
<?xml version='1.0' encoding='UTF-8'?>
<coverage line-rate="0.5" lines-covered="2" lines-valid="4">
  <packages>
    <package name="lib">
      <classes>
        <class name="a_c" filename="lib/a.c" line-rate="0.5">
          <methods>
            <method name="first"><lines><line number="99" hits="0"/></lines>
            </method>
          </methods>
          <lines>
            <line number="4" hits="$1" branch="true" condition-coverage="50% (1/2)">
              <conditions><condition number="0" type="jump" coverage="50%"/></conditions>
            </line>
            <line number="5" hits="$2" branch="false"/>
            <line number="6" hits="$3" branch="false"/>
            <line number="12" hits="$4" branch="false"/>
          </lines>
        </class>
      </classes>
    </package>
  </packages>
</coverage>
EOF
}

# expect <pass|fail> <words in the output> <name> [least]
expect() {
	if "$here/check.sh" xml list "${4:-50}" >out 2>&1; then
		got=pass
	else
		got=fail
	fi
	if [ "$got" = "$1" ] && grep -q -e "$2" out; then
		echo "ok: $3"
		return
	fi
	echo "FAILED: $3: wanted $1 with '$2', got $got:"
	cat out
	status=1
}

listed() {
	printf 'lib/a.c: first\n\treturn -1;\nbecause it cannot happen\n' >list
}

echo '# nothing' >list
results 9 1 8 1
expect pass '4 of 4' 'all covered'
results 9 0 8 1
expect fail 'lib/a.c:5: not covered, not listed: first: return -1;' 'not listed'
listed
expect pass '3 of 4 covered, 75.0 %' 'listed'
results 9 0 8 0
expect fail 'lib/a.c:12: not covered, not listed: second' \
    'the same text in another function'
results 9 1 8 1
expect fail 'list:2: covered, or gone' 'an entry that is covered now'
results 9 0 8 1
printf '\treturn 77;\n' >>list
sed -i '/because/d' list
echo 'because of both' >>list
expect fail 'list:3: covered, or gone' 'an entry that is gone'
printf 'lib/a.c: first\n\treturn -1;\nsometimes it can happen\n' >list
expect pass '3 of 4' 'by chance, not covered'
results 9 1 8 1
expect pass '4 of 4' 'by chance, covered'
sed -i 's/-1/-7/' list
expect fail 'list:2: covered, or gone' 'by chance, gone'
results 9 0 8 1
listed
expect fail 'not enough' 'too few lines' 90
sed -i '/because/d' list
expect fail 'no reason for lib/a.c: first' 'no reason'
echo 'what is this' >list
expect fail 'list:1: not understood' 'a line that is no entry'
echo '# nothing' >list
echo '<coverage></coverage>' >xml
expect fail 'no lines at all' 'no results'
: >list
results 9 1 8 1
expect pass '4 of 4' 'an empty list'
rm xml
expect fail 'cannot read xml' 'no file'

exit "$status"
