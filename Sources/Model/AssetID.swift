/// The name of everything: a UUIDv7, chosen once, when a file is taken.
///
/// It carries the moment it was made, so ids sort by age and the date folders of the tree can be read off it.
package struct AssetID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    package var description: String {
        let digits = Self.hex(high) + Self.hex(low)
        var text = ""
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// The lower-case form with its four dashes; nothing else is an id.
    package init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var digits: [UInt8] = []
        for (index, character) in characters.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Digest.nibble(character) else { return nil }
                digits.append(digit)
            }
        }
        high = digits[..<16].reduce(0) { $0 << 4 | UInt64($1) }
        low = digits[16...].reduce(0) { $0 << 4 | UInt64($1) }
        // Version 7, and the variant that all UUIDs of the standard have.
        guard high >> 12 & 0xF == 7, low >> 62 == 0b10 else { return nil }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var madeAt: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    /// The UTC date inside the id, as the tree's folders spell it: "2026/11/20".
    package var dayFolder: String { madeAt.dayFolder }

    package static func < (a: AssetID, b: AssetID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension AssetID {
    /// Makes ids that always grow, even within one millisecond and when the clock is set back.
    package struct Maker: Sendable {
        private var last: UInt64 = 0

        package init() {}

        package mutating func next(at now: Timestamp) -> AssetID {
            // 48 bits of time, 12 bits that count within the millisecond.
            last = max(last + 1, UInt64(max(0, now.milliseconds)) << 12)
            let high = (last >> 12) << 16 | 7 << 12 | last & 0xFFF
            let low = UInt64.random(in: 0...UInt64.max) & (1 << 62 - 1) | 1 << 63
            return AssetID(high: high, low: low)
        }
    }
}

extension AssetID: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = AssetID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is no asset id"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
