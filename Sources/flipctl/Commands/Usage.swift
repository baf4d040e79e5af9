// `usage`: what takes how much room, and how long there will be some.
internal import Model

func showUsage(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request("/v1/usage")
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        for line in usageLines(try client.decode(UsageReport.self, answer)) { output.line(line) }
    }
    return .done
}

/// The longest lists that one wants to see; --json has all.
private let longest = 40

func usageLines(_ report: UsageReport) -> [String] {
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
    var lines = table("What is kept:", classes)
    lines += table("Published, with all that is kept of it, by kind:", kinds)
    lines += table("By collection:", collections)
    lines += table("By month:", months)
    let forecast = report.forecast?.text ?? "How long that will do is not yet known."
    lines.append("Free: \(ByteCount.text(report.freeBytes)). \(forecast)")
    return lines
}

private func table(_ heading: String, _ rows: [(name: String, count: Int, bytes: Int64)]) -> [String] {
    if rows.isEmpty { return [] }
    let shown = rows.prefix(longest)
    let width = min(40, shown.map(\.name.count).max() ?? 0)
    let counts = shown.map { Text.count($0.count, "file") }
    let countWidth = counts.map(\.count).max() ?? 0
    let lines = zip(shown, counts).map { row, count in
        "  \(Text.padded(Text.cut(row.name, width), width))  \(Text.padded(count, countWidth, right: true))"
            + "  \(Text.padded(ByteCount.text(row.bytes), 10, right: true))"
    }
    return [heading] + lines
        + (rows.count > longest ? ["  … and \(rows.count - longest) more; --json has all"] : [])
}
