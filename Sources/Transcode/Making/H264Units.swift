/// The kinds of units that a picture in H.264 is made of. Pure: bytes in, numbers out.
enum H264Units {
    /// A part of a picture that forgets all before it.
    static let anew: UInt8 = 5

    /// How the pictures are to be read.
    static let parameters: Set<UInt8> = [7, 8]

    /// Each unit behind its length.
    static func inFile(_ bytes: some RandomAccessCollection<UInt8>, lengthBytes: Int) -> [UInt8] {
        var kinds: [UInt8] = []
        var rest = bytes[...]
        while rest.count > lengthBytes {
            let length = rest.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthBytes)
            if let first = rest.first, length > 0 { kinds.append(first & 0x1F) }
            rest = rest.dropFirst(length)
        }
        return kinds
    }

    /// Each unit behind a mark of two zeros and a one.
    static func inStream(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt8] {
        var kinds: [UInt8] = []
        var zeros = 0
        var isBehindMark = false
        for byte in bytes {
            if isBehindMark { kinds.append(byte & 0x1F) }
            isBehindMark = byte == 1 && zeros >= 2
            zeros = byte == 0 ? zeros + 1 : 0
        }
        return kinds
    }
}
