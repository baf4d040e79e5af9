# Counts a test run: the log tells what was skipped or cancelled and why, the xUnit file the rest. The last line is
# "N passed, N failed, N skipped".
FILENAME ~ /log$/ && /^➜ Test / && (/ skipped: / || / was cancelled after /) {
    if ($0 ~ / was cancelled after /) cancelled++
    line = $0
    sub(/^➜ Test /, "", line)
    name = line
    sub(/ (skipped: |was cancelled after ).*/, "", name)
    why = line
    sub(/^.* (skipped: |was cancelled after [0-9.]+ seconds: )/, "", why)
    skips[++skipCount] = name ": " why
}
/<testcase / {
    tests++
    room = $0
    sub(/.* classname="/, "", room)
    sub(/".*/, "", room)
    if (match($0, / time="[0-9.]+"/)) seconds[room] += substr($0, RSTART + 7, RLENGTH - 8)
    open = 1
}
/<failure / && open { failed++; open = 0 }
/<skipped/ && open { skipped++; open = 0 }
END {
    if (skipCount) print "Skipped:"
    for (i = 1; i <= skipCount; i++) print "  " skips[i]
    print "Where the time went (tests run beside each other, so that this adds up to more):"
    for (room in seconds) if (seconds[room] >= 1) printf "  %7.1f s  %s\n", seconds[room], room | "sort -rn | head -n 12"
    close("sort -rn | head -n 12")
    # What was cancelled stands among those that passed.
    printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped - cancelled, failed, skipped + cancelled
}
