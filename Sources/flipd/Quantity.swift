// Numbers as people write them: durations, sizes, counts and bit rates with their units. Pure.
enum Quantity {
    /// `s min h d`; a bare number is seconds.
    static func duration_s(_ text: String) -> Double? {
        scaled(text, ["": 1, "s": 1, "min": 60, "h": 3600, "d": 86400])
    }

    /// `K M G T`, powers of 1024; a bare number is bytes.
    static func size(_ text: String) -> Int64? {
        let units: [String: Double] = ["": 1, "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
        return scaled(text, units).map { Int64($0) }
    }

    /// `K M G`, powers of 1000, as cameras are sold: a number of things that are no bytes.
    static func count(_ text: String) -> Int64? {
        scaled(text, ["": 1, "K": 1e3, "M": 1e6, "G": 1e9]).map { Int64($0) }
    }

    /// `k` is a thousand.
    static func bitRate(_ text: String) -> Int? { scaled(text, ["": 1, "k": 1000]).map { Int($0) } }

    private static func scaled(_ text: String, _ units: [String: Double]) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = units[String(unit)], number * factor < 1e18 else {
            return nil
        }
        return number * factor
    }

    /// A duration in its largest whole unit.
    static func text(_ seconds: Double) -> String {
        for (unit, factor) in [("d", 86400.0), ("h", 3600), ("min", 60)]
        where seconds >= factor && seconds.remainder(dividingBy: factor) == 0 {
            return "\(Int(seconds / factor))\(unit)"
        }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }
}
