// The note beside a file that was handed back: what is wrong and what to do, in plain words. Pure.
package import Model
internal import Platform

package enum Note {
    /// `IMG_1.MOV.txt`; the file's name is shortened where a file system would not take so long a name.
    package static func name(for file: Path) -> Path {
        Path(bytes: HandBack.shortened(file.bytes, to: HandBack.longestName_bytes - ending.count) + ending)
    }

    /// Whether a name is the note of another in the same folder.
    static func isNote(_ name: Path, among names: Set<Path>) -> Bool {
        guard name.bytes.count > ending.count, name.bytes.suffix(ending.count).elementsEqual(ending) else {
            return false
        }
        let file = Path(bytes: name.bytes.dropLast(ending.count))
        if names.contains(file) { return true }
        // Only the note of a very long name is not simply that name with an ending.
        return name.bytes.count > HandBack.longestName_bytes - 8
            && names.contains { $0 != name && Note.name(for: $0) == name }
    }

    package static func text(_ refusal: Refusal, name: Path, folder: Path, day: String) -> String {
        let home = folder.isEmpty ? "the folder where you first put it" : "its folder, \(folder.text)"
        return """
            \(name.text)

            \(opening)

            What is wrong: \(refusal.text)

            What to do: \(refusal.problem.remedy)

            The file beside this note is exactly as you left it. If you move it back into
            \(home), it is tried again. You may delete this note.

            \(day)\(codeMark)\(refusal.problem.rawValue)

            """
    }

    /// Whether a text file is a note of ours, by its last line. One whose file is gone may be replaced.
    static func isOurs(_ text: some Collection<UInt8>) -> Bool {
        let lastLine = text.split(separator: UInt8(ascii: "\n")).last ?? text[text.endIndex...]
        guard let mark = lastLine.firstRange(of: Array(codeMark.utf8)) else { return false }
        return Problem(rawValue: String(decoding: lastLine[mark.upperBound...], as: UTF8.self)) != nil
    }

    /// The same of an open file, whatever folder it stands in.
    static func isOurs(
        _ file: borrowing Descriptor, named name: Path, bytes: Int64
    ) throws(Errno) -> Bool {
        guard name.bytes.suffix(ending.count).elementsEqual(ending), bytes < longest_bytes else { return false }
        let text = try file.bytes(at: 0, atMost: Int(bytes))
        return text.firstRange(of: Array(opening.utf8)) != nil && isOurs(text)
    }

    /// Whether a file is a note of ours. What cannot be read is none.
    static func isOrphan(_ path: Path) -> Bool {
        guard path.bytes.suffix(ending.count).elementsEqual(ending),
            let file = try? Files.openForReading(path), let status = try? Files.status(of: file),
            status.kind == .file
        else { return false }
        return (try? isOurs(file, named: path.name, bytes: status.bytes)) ?? false
    }

    /// Far more than a note has reason to be.
    static let longest_bytes: Int64 = 16 << 10

    private static let opening = "This file could not be added to the archive."

    private static let codeMark = ", code: "

    private static let ending = Array(".txt".utf8)
}
