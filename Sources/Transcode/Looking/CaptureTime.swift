internal import Model

/// When a recording was made, by the best of what its tags say. Pure.
struct CaptureTime {
    let at: Timestamp
    /// "+01:00", where a tag says it.
    let offset: String?
    /// The tag, and what it leaves open.
    let source: String

    /// How much a tag tells. What tells more counts more, whichever tag it is.
    private enum Telling: CaseIterable {
        /// A moment, and where on earth the clock hung.
        case zone
        /// A moment.
        case moment
        /// What a clock showed, somewhere on earth.
        case clock
        case day
    }

    /// Those of the camera come before those that anyone may have written later.
    private static let names = [
        "com.apple.quicktime.creationdate", CameraNotes.xavcTime, CameraNotes.avchdTime, "creation_time",
        "datetimeoriginal", "xmp datetimeoriginal", "xmp datecreated", "datetimedigitized", "xmp createdate",
        "date_recorded", "date", "wm/encodingtime", "modification_date", "exif datetime",
    ]

    init?(_ tags: Tags, now: Timestamp) {
        var best: [Telling: CaptureTime] = [:]
        for name in Self.names {
            guard let text = tags[name],
                let (telling, time) = Self.read(text, zone: Self.zone(beside: name, tags), source: name),
                // Clocks that were never set say 1904, 1970 or 1980; those that were set wrongly, anything.
                time.at > Timestamp.cameraAge, time.at < now + 86400
            else { continue }
            best[telling] = best[telling] ?? time
        }
        guard let time = Telling.allCases.lazy.compactMap({ best[$0] }).first else { return nil }
        self = time
    }

    private init(at: Timestamp, offset: String?, source: String) {
        (self.at, self.offset, self.source) = (at, offset, source)
    }

    /// Samsung writes the zone into a tag of its own.
    private static func zone(beside name: String, _ tags: Tags) -> String? {
        name == "creation_time" ? tags["com.samsung.android.utc_offset"] : nil
    }

    private static func read(_ tag: String, zone: String?, source: String) -> (Telling, CaptureTime)? {
        let text = fileTime(tag) ?? withDashes(tag)
        if let at = Timestamp(text) {
            let offset = offset(in: text.dropFirst(19)) ?? zone.flatMap { Self.offset(in: $0[...]) }
            return (offset == nil ? .moment : .zone, CaptureTime(at: at, offset: offset, source: source))
        }
        // Nobody knows its zone, and UTC is as good as another.
        if let at = Timestamp("\(text)Z") {
            return (.clock, CaptureTime(at: at, offset: nil, source: "\(source) (no zone)"))
        }
        // Noon, so that it is the same day nearly everywhere.
        guard text.utf8.count == 10, let at = Timestamp("\(text)T12:00:00Z") else { return nil }
        return (.day, CaptureTime(at: at, offset: nil, source: "\(source) (day only)"))
    }

    /// "2004:10:28" and "2004/10/28" are "2004-10-28".
    private static func withDashes(_ text: String) -> String {
        var bytes = Array(text.utf8)
        guard bytes.count >= 10 else { return text }
        for place in [4, 7] where [UInt8(ascii: ":"), UInt8(ascii: "/")].contains(bytes[place]) {
            bytes[place] = UInt8(ascii: "-")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Windows counts tenths of a microsecond since 1601.
    private static func fileTime(_ text: String) -> String? {
        guard text.utf8.count >= 17, let ticks = Int64(text) else { return nil }
        return Timestamp(milliseconds: ticks / 10_000 - 11_644_473_600_000).description
    }

    /// "+0100" and "+01:00" are "+01:00"; "Z" says nothing of where it was.
    private static func offset(in text: Substring) -> String? {
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
        let digits = text[sign...].filter { $0.isASCII && $0.isNumber }
        guard digits.count == 4, let hours = Int(digits.prefix(2)), let minutes = Int(digits.suffix(2)),
            hours <= 14,
            minutes < 60
        else { return nil }
        return "\(text[sign])\(digits.prefix(2)):\(digits.suffix(2))"
    }
}
