# SPDX-License-Identifier: BSD-2-Clause
#
# Reads docs/kern.md, prints a line for each name in it: "yes", "no" or "text",
# and the name.  Yes and no: it is in the first cell of a row whose second cell
# begins so ("not yet" is no); text: it is anywhere.  {a,b} stands for each.

function emit(kind, word,    open, close_, n, i, part) {
	open = index(word, "{")
	if (open == 0) {
		print kind, word
		return
	}
	close_ = index(word, "}")
	n = split(substr(word, open + 1, close_ - open - 1), part, ",")
	for (i = 1; i <= n; i++)
		emit(kind, substr(word, 1, open - 1) part[i] \
		    substr(word, close_ + 1))
}

function names(kind, text) {
	while (match(text, /([A-Za-z0-9_]|[{][A-Za-z0-9_,]*[}])+/)) {
		emit(kind, substr(text, RSTART, RLENGTH))
		text = substr(text, RSTART + RLENGTH)
	}
}

{
	gsub(/\\/, "")
	names("text", $0)
}

/^\|/ {
	split($0, cell, "|")
	if (cell[3] ~ /^ *yes/)
		names("yes", cell[2])
	else if (cell[3] ~ /^ *no/)
		names("no", cell[2])
}
