/// The units that a picture in H.264 is made of. Pure: bytes in, their first bytes out.
enum H264Units {
    /// What a unit's first byte says.
    struct Unit {
        let kind: UInt8
        /// Whether other pictures are told by what differs from it.
        let isLeanedOn: Bool

        fileprivate init(_ byte: UInt8) { (kind, isLeanedOn) = (byte & 0x1F, byte & 0x60 != 0) }
    }

    /// A part of a picture, and one of a picture that forgets all before it.
    static let (slice, anew): (UInt8, UInt8) = (1, 5)

    /// How the pictures are to be read.
    static let parameters: Set<UInt8> = [7, 8]

    /// Each unit behind its length.
    static func inFile(_ bytes: some RandomAccessCollection<UInt8>, lengthBytes: Int) -> [Unit] {
        var units: [Unit] = []
        var rest = bytes[...]
        while rest.count > lengthBytes {
            let length = rest.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthBytes)
            if let first = rest.first, length > 0 { units.append(Unit(first)) }
            rest = rest.dropFirst(length)
        }
        return units
    }

    /// Each unit behind a mark of two zeros and a one.
    static func inStream(_ bytes: some RandomAccessCollection<UInt8>) -> [Unit] {
        var units: [Unit] = []
        var zeros = 0
        var isBehindMark = false
        for byte in bytes {
            if isBehindMark { units.append(Unit(byte)) }
            isBehindMark = byte == 1 && zeros >= 2
            zeros = byte == 0 ? zeros + 1 : 0
        }
        return units
    }
}
