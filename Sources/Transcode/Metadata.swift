package import Model

/// What a file says of its own making: when, by what. Pure.
extension Media {
    /// Of the video that will be published after `plan`.
    package init(of probe: Probe, plan: Plan) {
        self.init(
            kind: .video, duration: plan.duration, width: plan.picture.width, height: plan.picture.height,
            contentIdentifier: probe.tags["com.apple.quicktime.content.identifier"],
            device: Self.device(probe.tags),
            remarks: plan.remarks)
        (capturedAt, capturedAtOffset, capturedAtSource) = Self.captured(probe.tags)
    }

    /// Apple's own tag knows the time zone; the container's is in UTC, at best.
    private static func captured(
        _ tags: [String: String]
    ) -> (at: Timestamp?, offset: String?, source: String?) {
        for source in ["com.apple.quicktime.creationdate", "creation_time"] {
            guard let text = tags[source], let moment = Timestamp(text), moment > cameraAge else { continue }
            return (moment, offset(in: text), source)
        }
        return (nil, nil, nil)
    }

    /// Clocks that were never set say 1904 or 1970.
    private static let cameraAge = Timestamp(milliseconds: 10 * 365 * 86_400_000)

    /// "+0100" and "+01:00" are "+01:00"; "Z" says nothing of where it was.
    private static func offset(in text: String) -> String? {
        guard let sign = text.dropFirst(19).lastIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
        let digits = text[sign...].filter(\.isNumber)
        guard digits.count == 4 else { return nil }
        return "\(text[sign])\(digits.prefix(2)):\(digits.suffix(2))"
    }

    private static func device(_ tags: [String: String]) -> String? {
        let first = { (names: [String]) in
            names.lazy.compactMap { tags[$0] }.map(tidy).first { !$0.isEmpty }
        }
        let make = first(["com.apple.quicktime.make", "com.android.manufacturer", "make"])
        let model = first(["com.apple.quicktime.model", "com.android.model", "model"])
        guard let make else { return model }
        guard let model else { return make }
        return model.lowercased().hasPrefix(make.lowercased()) ? model : "\(make) \(model)"
    }

    private static func tidy(_ text: String) -> String {
        String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(100))
    }
}
