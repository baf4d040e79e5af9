/// What a recording was made with, in the words of its makers: "Apple iPhone 15 Pro". Pure.
///
/// Serial numbers and owners' names stand in tags of their own, which are not read.
enum DeviceName {
    static func found(in tags: Tags) -> String? {
        let make = tags.first(of: makes).map(tidied) ?? trace(in: tags)
        guard let model = tags.first(of: models) ?? goProModel(tags) else { return make }
        guard let make else { return model }
        // "NIKON" and "NIKON D90" are one; so are "Canon" and "Canon EOS 5D".
        return firstWord(model) == firstWord(make) ? model : "\(make) \(model)"
    }

    private static let makes = [
        "com.apple.quicktime.make", "com.android.manufacturer", CameraNotes.make, "make", "make-eng",
        "manufacturer", "maker",
    ]
    private static let models = [
        "com.apple.quicktime.model", "com.android.model", CameraNotes.model, "model", "model-eng",
    ]

    private static func firstWord(_ text: String) -> String {
        text.prefix { $0 != " " }.lowercased()
    }

    /// "samsung" and "NIKON CORPORATION" as people write them.
    private static func tidied(_ make: String) -> String {
        var words = make.split(separator: " ")
        let forms: Set = ["corporation", "corp", "inc", "ltd", "co", "co.,ltd", "company"]
        while words.count > 1, let last = words.last?.lowercased(),
            forms.contains(last.hasSuffix(".") ? String(last.dropLast()) : last)
        {
            words.removeLast()
        }
        let name = words.joined(separator: " ")
        return name == name.lowercased() ? name.prefix(1).uppercased() + name.dropFirst() : name
    }

    /// What only some makers write, where there is no tag for the make.
    private static func trace(in tags: Tags) -> String? {
        let (encoder, handler) = (tags["encoder"] ?? "", tags["handler_name"] ?? "")
        if handler.hasPrefix("GoPro") || encoder.hasPrefix("GoPro") { return "GoPro" }
        // "DJI Mini3Pro", and "DJI.AVC" for those that do not say which.
        if encoder.hasPrefix("DJI") { return encoder }
        if handler.hasPrefix("DJI") { return "DJI" }
        if let vendor = tags["vendor_id"].flatMap({ vendors[$0.lowercased()] }) { return vendor }
        let brands = "\(tags["major_brand"] ?? "") \(tags["compatible_brands"] ?? "")"
        if brands.contains("XAVC") { return "Sony" }
        if brands.contains("CAEP") { return "Canon" }
        return nil
    }

    /// QuickTime's four letters for makers of cameras.
    private static let vendors = [
        "pana": "Panasonic", "olym": "Olympus", "niko": "Nikon", "kdak": "Kodak", "leic": "Leica",
        "pent": "Pentax", "sany": "Sanyo", "mino": "Minolta",
    ]

    /// The fifth generation's firmware is "HD5.02.02.00.00"; later ones count otherwise.
    private static func goProModel(_ tags: Tags) -> String? {
        guard trace(in: tags) == "GoPro", let firmware = tags["firmware"], firmware.hasPrefix("HD"),
            let number = firmware.dropFirst(2).first, ("2"..."9").contains(number),
            firmware.dropFirst(3).first == "."
        else { return nil }
        return "HERO\(number)"
    }
}
