internal import CLibAV

/// What cameras write of a recording where libav makes no tag of it: AVCHD into the pictures, XAVC into a box.
enum CameraNotes {
    static let avchdTime = "avchd"
    static let xavcTime = "xavc"
    static let make = "camera make"
    static let model = "camera model"

    // MARK: AVCHD

    /// Modified Digital Video Pack Metadata, as a message beside each key picture. It may hold the position too, which
    /// is not read.
    static func avchd(_ picture: Frame) -> [String: String] {
        let frame = picture.pointer.pointee
        for index in 0..<Int(frame.nb_side_data) {
            guard let message = frame.side_data[index]?.pointee, message.type == AV_FRAME_DATA_SEI_UNREGISTERED
            else { continue }
            let notes = avchd(Array(UnsafeBufferPointer(start: message.data, count: Int(message.size))))
            if !notes.isEmpty { return notes }
        }
        return [:]
    }

    /// Sixteen bytes that say who defined the message, "MDPM", a count, and so many packs of a number and four bytes.
    static func avchd(_ message: [UInt8]) -> [String: String] {
        guard message.count > 21, message[16..<20].elementsEqual("MDPM".utf8) else { return [:] }
        var packs: [UInt8: [UInt8]] = [:]
        for pack in 0..<Int(message[20]) {
            let start = 21 + 5 * pack
            guard start + 5 <= message.count else { break }
            packs[message[start]] = Array(message[(start + 1)..<(start + 5)])
        }
        var notes: [String: String] = [:]
        if let date = packs[0x18], let time = packs[0x19] {
            let digits = (date.dropFirst() + time).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }
            notes[avchdTime] =
                "\(digits[0])\(digits[1])-\(digits[2])-\(digits[3])T\(digits[4]):\(digits[5]):\(digits[6])"
                + zone(date[0])
        }
        if let code = packs[0xE0] { notes[make] = makers[UInt16(code[0]) << 8 | UInt16(code[1])] }
        let letters = [0xE4, 0xE5, 0xE6].flatMap { packs[$0] ?? [] }.filter { (0x20...0x7E).contains($0) }
        if !letters.isEmpty { notes[model] = String(decoding: letters, as: UTF8.self) }
        return notes
    }

    private static let makers: [UInt16: String] = [
        0x0103: "Panasonic", 0x0108: "Sony", 0x1011: "Canon", 0x1104: "JVC",
    ]

    /// Half hours in the last bit, hours above it, then west or east. The highest bit is set where nobody said.
    private static func zone(_ bits: UInt8) -> String {
        guard bits & 0x80 == 0 else { return "" }
        let hours = bits >> 1 & 15
        return "\(bits & 0x20 == 0 ? "+" : "-")\(hours < 10 ? "0" : "")\(hours):\(bits & 1 == 0 ? "00" : "30")"
    }

    // MARK: XAVC

    /// Sony's XML about a clip, in a box beside the index. It holds the serial number too, which is not read.
    static func xavc(_ boxes: Boxes, in file: FileIO) -> [String: String] {
        guard let box = boxes.first("meta") else { return [:] }
        return xavc(file.bytes(at: box.offset, count: Int(min(box.size, 64 << 10))))
    }

    static func xavc(_ bytes: [UInt8]) -> [String: String] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("<NonRealTimeMeta") else { return [:] }
        let elements = text.split(separator: "<")
        var notes: [String: String] = [:]
        notes[xavcTime] = attribute("value", of: "CreationDate", in: elements)
        notes[make] = attribute("manufacturer", of: "Device", in: elements)
        notes[model] = attribute("modelName", of: "Device", in: elements)
        return notes
    }

    private static func attribute(_ name: String, of element: String, in elements: [Substring]) -> String? {
        guard let found = elements.first(where: { $0.hasPrefix("\(element) ") }) else { return nil }
        // Names and values take turns between the quotes.
        let parts = found.dropFirst(element.count).split(separator: "\"", omittingEmptySubsequences: false)
        for place in stride(from: 0, to: parts.count - 1, by: 2)
        where parts[place].drop(while: \.isWhitespace) == "\(name)=" {
            return String(parts[place + 1])
        }
        return nil
    }
}
