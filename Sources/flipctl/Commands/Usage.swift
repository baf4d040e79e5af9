// `usage`: what takes how much room, and how long there will be some.
internal import Model

func showUsage(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request("/v1/usage")
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        let report = try client.decode(UsageReport.self, answer)
        let lines = usageLines(report, all: asked.wantsAll).map { Line($0) }
        for line in output.screen?.wrapped(lines) ?? lines { output.line(line) }
    }
    return .done
}

/// As much of each list as fits on one screen with the others.
private let longest = 4

func usageLines(_ report: UsageReport, all: Bool) -> [String] {
    let classes = UsageReport.Class.allCases.compactMap { kept in
        report.classes[kept.rawValue].map { (kept.rawValue, $0.count, $0.bytes) }
    }
    let kinds = Kind.allCases.compactMap { kind in
        report.kinds[kind.rawValue].map { (kind.rawValue, $0.count, $0.bytes) }
    }
    let collections = report.topLevel.sorted { $0.bytes > $1.bytes }.map { one in
        (one.collection.isEmpty ? "(none)" : Text.harmless(one.collection), one.count, one.bytes)
    }
    let months = report.months.reversed().map { ($0.month, $0.count, $0.bytes) }
    let forecast = report.forecast?.text ?? "How long that will do is not yet known."
    let most = all ? Int.max : longest
    return ["\(ByteCount.text(report.freeBytes)) are free. \(forecast)"]
        + table("What is kept:", classes, most)
        + table("Published, with all that is kept of it, by kind:", kinds, most)
        + table("By collection:", collections, most) + table("By month:", months, most)
}

private func table(
    _ heading: String, _ rows: [(name: String, count: Int, bytes: Int64)], _ most: Int
) -> [String] {
    if rows.isEmpty { return [] }
    // A line that says that there is one more could as well be that one.
    let shown = rows.prefix(rows.count - 1 == most ? rows.count : most)
    let width = min(40, shown.map(\.name.count).max() ?? 0)
    let counts = shown.map { Text.count($0.count, "file") }
    let countWidth = counts.map(\.count).max() ?? 0
    let lines = zip(shown, counts).map { row, count in
        "  \(Text.padded(Text.cut(row.name, width), width))  \(Text.padded(count, countWidth, right: true))"
            + "  \(Text.padded(ByteCount.text(row.bytes), 10, right: true))"
    }
    return [heading] + lines
        + (rows.count > shown.count ? ["  … and \(rows.count - shown.count) more; --all shows them"] : [])
}
