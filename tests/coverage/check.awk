# SPDX-License-Identifier: BSD-2-Clause
#
# First the list, which may be empty, then the xml.  A line that is not covered has the key
# "<file>: <function>: <text of the line>", so that it is found again when
# lines are added above it.

function complain(text) {
	print text > "/dev/stderr"
	faults++
}

function trimmed(text) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	return text
}

# value of an attribute of the xml
function attribute(name,    at) {
	if (!match($0, name "=\"[^\"]*\""))
		return ""
	at = RSTART + length(name) + 2
	return substr($0, at, RLENGTH - length(name) - 3)
}

# Reads a source: text[n] and fn[n] for each of its lines.  The name of a
# function stands in the first column.
function read_source(path,    line, n, name) {
	name = "-"
	while ((getline line < path) > 0) {
		n++
		if (line ~ /^[A-Za-z_][A-Za-z0-9_]*\(/)
			name = substr(line, 1, index(line, "(") - 1)
		text[n] = trimmed(line)
		fn[n] = name
	}
	close(path)
	if (n == 0)
		complain("coverage: cannot read " path)
	last = n
}

function end_of_group(    i) {
	if (group != "" && reason == "")
		complain(list ": no reason for " group)
	for (i in keys)
		if (reason ~ /^sometimes /)
			chance[keys[i]] = 1
	split("", keys)
	group = ""
	reason = ""
}

# ---------------------------------------------------------------- the list

{ inlist = FILENAME == list }
!inlist && FNR == 1 { end_of_group() }

inlist && /^#/ { next }
inlist && /^[ \t]*$/ { end_of_group(); next }
inlist && /^(because|sometimes) / { reason = $0; next }
inlist && /^[ \t]/ {
	if (group == "")
		complain(list ":" FNR ": a line that belongs to no function")
	key = group ": " trimmed($0)
	entry[key] = FNR
	keys[FNR] = key
	next
}
inlist && /^[^ \t]+: [A-Za-z0-9_-]+$/ {
	end_of_group()
	group = $0
	next
}
inlist { complain(list ":" FNR ": not understood: " $0); next }

# ----------------------------------------------------------------- the xml

/<class / {
	file = attribute("filename")
	read_source(file)
	next
}
/<lines>/ { inlines = file != "" }
/<\/lines>/ { inlines = 0 }
/<methods>/, /<\/methods>/ { next }

inlines && /<line / {
	number = attribute("number") + 0
	total++
	if (number > last)
		complain("coverage: " file " has no line " number)
	key = file ": " fn[number] ": " text[number]
	if (attribute("hits") + 0 > 0) {
		covered++
		if (key in chance)
			used[key] = 1
		next
	}
	if (key in entry)
		used[key] = 1
	else
		complain(file ":" number ": not covered, not listed: " \
		    fn[number] ": " text[number])
}

END {
	end_of_group()
	for (key in entry)
		if (!(key in used))
			complain(list ":" entry[key] ": covered, or gone: " key)
	if (total == 0) {
		complain("coverage: no lines at all")
		exit 1
	}
	percent = 100 * covered / total
	printf "lines: %d of %d covered, %.1f %% (at least %d)\n",
	    covered, total, percent, least
	if (percent < least)
		complain("coverage: not enough")
	exit faults > 0
}
