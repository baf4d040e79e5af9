/// How much data there is, as people read it.
package enum ByteCount {
    /// "1.2 GB", as disks are sold: in powers of 1000.
    package static func text(_ bytes: Int64) -> String {
        if bytes < 1000 { return "\(bytes) bytes" }
        var value = Double(bytes)
        var unit = ""
        for next in ["kB", "MB", "GB", "TB", "PB"] where value >= 999.5 || unit.isEmpty {
            value /= 1000
            unit = next
        }
        if value >= 9.95 { return "\(Int(value.rounded())) \(unit)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
