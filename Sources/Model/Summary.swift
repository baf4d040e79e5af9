// How the archive is, in the few sentences that everything else comes after: on the page, in `flipctl status`, in mail.
// Pure.
package struct Summary: Sendable {
    package enum Copy: Sendable {
        /// No place for it is named.
        case none
        case last(Timestamp?)
    }

    package enum Room: Sendable {
        /// For so many, at the pace of before.
        case months(Int)
        /// Where no pace is known yet.
        case bytes(Int64)
    }

    package let text: String

    /// `checkedSince` is when the file whose last check is the oldest had it.
    package init(
        kinds: [Kind: StatusReport.KindTotals], coming: Int, bytes: Int64, room: Room, copy: Copy,
        checkedSince: Timestamp?,
        damaged: Int, now: Timestamp, zone_s: Double
    ) {
        let counts = Kind.allCases.compactMap { kind -> String? in
            guard let count = kinds[kind]?.count, count > 0 else { return nil }
            return Self.count(count, kind == .video ? "video" : "photo")
        }
        let day = { (moment: Timestamp) in LocalDay(moment, zone_s: zone_s) }
        let today = day(now)
        guard !counts.isEmpty else {
            let isOne = coming == 1
            let held =
                coming == 0
                ? "The archive is empty." : "\(Self.count(coming, "file")) \(isOne ? "is" : "are") on the way."
            text = "\(held) \(Self.text(of: room))"
            return
        }
        var sentences = ["\((counts + [ByteCount.text(bytes)]).joined(separator: ", ")).", Self.text(of: room)]
        switch copy {
        case .none: sentences.append("No second copy.")
        case .last(nil): sentences.append("Not copied yet.")
        case .last(let last?): sentences.append("Copied \(day(last).copied(today)).")
        }
        if damaged > 0 {
            sentences.append("\(Self.count(damaged, "file")) damaged or missing.")
        } else if let checkedSince {
            let since = day(checkedSince)
            sentences.append(since == today ? "All checked today." : "All checked since \(since.text(today)).")
        }
        text = sentences.joined(separator: " ")
    }

    private static func text(of room: Room) -> String {
        switch room {
        case .bytes(let bytes): "Room for \(ByteCount.text(bytes))\(bytes > 0 ? " more" : "")."
        case .months(..<1): "Room for less than a month."
        case .months(1): "Room for about a month."
        case .months(let months) where months < 24: "Room for about \(months) months."
        case .months(let months) where months < 120: "Room for about \(months / 12) years."
        case .months: "Room for more than ten years."
        }
    }

    /// "1,840 photos".
    package static func count(_ count: Int, _ what: String) -> String {
        var digits = String(count)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return "\(digits) \(what)\(count == 1 ? "" : "s")"
    }
}

/// A day as people at a place count it.
package struct LocalDay: Sendable {
    private let year: Int
    private let month: Int
    private let day: Int
    private let hour: Int
    /// Since 1970, there.
    package let number: Int64

    package init(_ moment: Timestamp, zone_s: Double) {
        let there = moment + zone_s
        let parts = there.description.prefix(13).split { $0 == "-" || $0 == "T" }.compactMap { Int($0) }
        (year, month, day, hour) = parts.count == 4 ? (parts[0], parts[1], parts[2], parts[3]) : (0, 1, 1, 0)
        number = (there.milliseconds - (there.milliseconds % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    package static func == (a: LocalDay, b: LocalDay) -> Bool { a.number == b.number }

    /// "today", "yesterday", "3 November", "3 November 2025".
    package func text(_ today: LocalDay) -> String {
        switch today.number - number {
        case 0: "today"
        case 1: "yesterday"
        default: date(today)
        }
    }

    /// "3 November", "3 November 2025".
    package func date(_ today: LocalDay) -> String {
        "\(day) \(Self.months[max(0, month - 1) % 12])\(year == today.year ? "" : " \(year)")"
    }

    /// A copy is made in the night.
    fileprivate func copied(_ today: LocalDay) -> String {
        let age = today.number - number
        let isOfTheNight = age == 0 && hour < 6 && today.hour >= 6 || age == 1 && hour >= 20
        if isOfTheNight { return "last night" }
        return age == 0 || age == 1 ? text(today) : "on \(text(today))"
    }
}
