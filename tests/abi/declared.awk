# SPDX-License-Identifier: BSD-2-Clause
#
# Reads preprocessed C, prints the puffs_ and puffsmsg_ functions and objects
# that it declares with external linkage.

# Bodies of structs and inline functions hold no declarations of ours.
function without_bodies(text,    before) {
	do {
		before = text
		gsub(/\{[^{}]*\}/, "@", text)
	} while (text != before)
	# A function's body ends its declaration, a struct's does not.
	gsub(/\)[ \t\n]*@/, ");", text)
	return text
}

function without_attributes(text) {
	gsub(/__attribute__[ ]*\(\(([^()]|\([^()]*\))*\)\)/, "", text)
	gsub(/__asm__[ ]*\([^()]*\)/, "", text)
	return text
}

# The first name followed by "(", or else the last name.
function declared(text,    name) {
	if (match(text, /puffs[a-z0-9_]*[ \t\n]*\(/)) {
		name = substr(text, RSTART, RLENGTH)
		sub(/[ \t\n]*\($/, "", name)
		return name
	}
	sub(/[ \t\n]*(\[[^]]*\])*[ \t\n]*$/, "", text)
	if (text ~ /extern/ && match(text, /puffs[a-z0-9_]*$/))
		return substr(text, RSTART)
	return ""
}

!/^#/ { source = source " " $0 }

END {
	n = split(without_attributes(without_bodies(source)), part, ";")
	for (i = 1; i <= n; i++) {
		if (part[i] ~ /(^|[ \t\n])(typedef|static|_Static_assert)[ \t\n(]/)
			continue
		name = declared(part[i])
		if (name ~ /^puffs(msg)?_[a-z0-9]/)
			print name
	}
}
