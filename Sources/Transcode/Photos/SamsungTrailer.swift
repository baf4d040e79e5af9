/// What Samsung's phones write behind a photo: a list of what hangs on it, ended by four letters. Pure.
enum SamsungTrailer {
    /// The film of a motion photo.
    private static let film = 0x0A30
    private static let entriesAtMost = 256

    static func holdsFilm(size: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]) -> Bool {
        let end = read(size - 8, 8)
        guard end.count == 8, end[4...].elementsEqual("SEFT".utf8) else { return false }
        let length = number(end[..<4])
        let list = read(size - 8 - length, min(length, 12 + 12 * entriesAtMost))
        guard list.count >= 12, list.starts(with: Array("SEFH".utf8)) else { return false }
        return (0..<min(number(list[8..<12]), entriesAtMost)).contains { index in
            let entry = 12 + 12 * index
            return entry + 4 <= list.count && number(list[(entry + 2)..<(entry + 4)]) == film
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
