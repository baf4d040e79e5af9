/// A moment, in milliseconds since 1970 in UTC; written as RFC 3339 with milliseconds and `Z`.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (a: Timestamp, seconds: Double) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds + Int64((seconds * 1000).rounded()))
    }

    /// Seconds from `earlier` to here.
    package func seconds(since earlier: Timestamp) -> Double {
        Double(milliseconds - earlier.milliseconds) / 1000
    }

    package var description: String {
        let date = civilDate
        let inDay = Self.floorDivide(milliseconds, Self.dayLength).remainder
        let (hour, minute, second) = (inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1000 % 60)
        return "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))"
            + "T\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
            + ".\(Self.padded(inDay % 1000, 3))Z"
    }

    /// "2026/11/20", for the tree's folders.
    package var dayFolder: String {
        let date = civilDate
        return "\(Self.padded(date.year, 4))/\(Self.padded(date.month, 2))/\(Self.padded(date.day, 2))"
    }

    /// "2026-11-20".
    package var day: String { String(description.prefix(10)) }

    /// Reads what `description` writes; a zone such as `+01:00` and a missing fraction are read too.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, [0x54, 0x20].contains(bytes[10]),
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            (1...12).contains(month), (1...Self.length(ofMonth: month, year)).contains(day), hour < 24,
            minute < 60,
            second < 61
        else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            fraction = digits.prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            for _ in min(digits.count, 3)..<3 { fraction *= 10 }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = Self.zone(rest) else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        milliseconds = seconds * 1000 + fraction
    }

    /// Seconds east of UTC that a zone suffix says: `Z`, `+01:00` or `+0100`.
    private static func zone(_ text: ArraySlice<UInt8>) -> Int64? {
        if text.elementsEqual("Z".utf8) { return 0 }
        var digits = Array(text.dropFirst())
        if digits.count == 5, digits[2] == 0x3A { digits.remove(at: 2) }
        guard let sign = text.first, [0x2B, 0x2D].contains(sign), digits.count == 4,
            let hours = number(digits[0..<2]), let minutes = number(digits[2..<4]), hours < 24, minutes < 60
        else { return nil }
        return (sign == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    private static let dayLength: Int64 = 86_400_000

    /// Howard Hinnant's calendar arithmetic: years begin in March, so that leap days come last.
    private var civilDate: (year: Int64, month: Int64, day: Int64) {
        let days = Self.floorDivide(milliseconds, Self.dayLength).quotient + 719_468
        let (era, dayOfEra) = Self.floorDivide(days, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return daysSince1970(year: next.0, month: next.1, day: 1)
            - daysSince1970(year: year, month: month, day: 1)
    }

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(marchYear, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
        let quotient = value >= 0 ? value / by : (value - by + 1) / by
        return (quotient, value - quotient * by)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func number(_ digits: some Sequence<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let moment = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is no RFC 3339 time"))
        }
        self = moment
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
