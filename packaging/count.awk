# Counts a test run: the log tells what failed, what was skipped or cancelled and why, and how long suites took; the
# xUnit file tells the rest. The last line is "N passed, N failed, N skipped".
FILENAME ~ /log$/ && /^✘ Test .* recorded an issue / { issues[++issueCount] = substr($0, length("✘ Test ") + 1) }
FILENAME ~ /log$/ && /^➜ Test / && !/^➜ Test case / && (/ skipped: / || / was cancelled after /) {
    if ($0 ~ / was cancelled after /) cancelled++
    line = $0
    sub(/^➜ Test /, "", line)
    name = line
    sub(/ (skipped: |was cancelled after ).*/, "", name)
    why = line
    sub(/^.* (skipped: |was cancelled after [0-9.]+ seconds: )/, "", why)
    skips[++skipCount] = name ": " why
}
FILENAME ~ /log$/ && /^(✔|✘) Suite .* after [0-9.]+ seconds/ {
    for (i = 1; i < NF; i++) if ($i == "after" && $(i + 1) >= 1) suites[$3] = $(i + 1)
}
# Without its xUnit file, for the process that ran the tests crashed.
FILENAME ~ /log$/ && /^✔ Test .* passed after / && !/^✔ Test (case|run) / { passedInLog++ }
FILENAME ~ /log$/ && /^✘ Test .* failed after / && !/^✘ Test (case|run) / { failedInLog++ }
/<testcase / { tests++; open = 1 }
/<failure / && open { failed++; open = 0 }
/<skipped/ && open { skipped++; open = 0 }
END {
    if (skipCount) print "Skipped:"
    for (i = 1; i <= skipCount; i++) print "  " skips[i]
    print "From each suite's first test to its last (they run beside each other):"
    for (suite in suites) printf "  %7.1f s  %s\n", suites[suite], suite | "sort -rn | head -n 12"
    close("sort -rn | head -n 12")
    if (issueCount) print "Failed:"
    for (i = 1; i <= issueCount; i++) print "  " issues[i]
    if (!tests) {
        tests = passedInLog + failedInLog + skipCount
        failed = failedInLog
        skipped = skipCount - cancelled
    }
    # What was cancelled stands among those that passed.
    printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped - cancelled, failed, skipped + cancelled
}
