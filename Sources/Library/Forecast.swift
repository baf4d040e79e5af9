// How long there will be room, if things go on as they did. Pure.
package import Model

extension UsageReport.Forecast {
    /// Less than this tells nothing of the pace.
    private static let least_days = 14.0
    private static let month_days = 365.25 / 12
    /// Farther ahead nobody can see.
    private static let most_months = 120

    /// What was published in the last twelve calendar months, this one among them, and is still kept, is the pace; nil where
    /// too little is known. `first` is when the first file came.
    package init?(_ months: [UsageReport.Month], since first: Timestamp?, now: Timestamp, _ room: Room) {
        guard let first, let year = Self.monthsAgo(11, now) else { return nil }
        let since = max(first, year)
        let days = now.seconds(since: since) / 86400
        guard days >= Self.least_days else { return nil }
        let recent = since.description.prefix(7)
        let grown = months.filter { $0.month >= recent }.reduce(Int64(0)) { $0 + $1.bytes }
        let aMonth = Double(grown) / days * Self.month_days
        let left = Double(room.usable_bytes) / max(aMonth, 1)
        let pace = first <= year ? "this year's pace" : "the pace of the last \(Int(days)) days"
        self.init(months: Int(min(left, Double(Self.most_months))), text: "\(Self.words(left)) at \(pace).")
    }

    private static func words(_ months: Double) -> String {
        switch months {
        case ..<1: "Full in less than a month"
        case ..<2: "Full in about a month"
        case ..<24: "Full in about \(Int(months)) months"
        case ...Double(most_months): "Full in about \(Int(months / 12)) years"
        default: "Not full for more than ten years"
        }
    }

    /// The beginning of the month so many before this one.
    private static func monthsAgo(_ count: Int, _ now: Timestamp) -> Timestamp? {
        let parts = now.day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        let months = parts[0] * 12 + parts[1] - 1 - count
        let month = months % 12 + 1
        return Timestamp("\(months / 12)-\(month < 10 ? "0" : "")\(month)-01T00:00:00Z")
    }
}
