// Whether a file's end is missing, judged from its outermost boxes.
import Testing

@testable import Ingest

@Suite struct CompletenessTests {
    private func box(_ name: String, _ length: Int, _ content: Int? = nil) -> [UInt8] {
        let head = [UInt8](withUnsafeBytes(of: UInt32(length).bigEndian) { Array($0) }) + Array(name.utf8)
        return head + [UInt8](repeating: 0, count: max(0, (content ?? length) - 8))
    }

    private func judge(_ bytes: [UInt8]) -> Completeness {
        Completeness.judge(bytes: Int64(bytes.count)) { offset, count in
            Array(bytes[min(Int(offset), bytes.count)..<min(Int(offset) + count, bytes.count)])
        }
    }

    @Test func aFileWithItsIndexAndItsDataIsWhole() {
        #expect(judge(box("ftyp", 24) + box("moov", 100) + box("mdat", 500)) == .whole)
        #expect(judge(box("ftyp", 24) + box("mdat", 500) + box("moov", 100)) == .whole)
        #expect(judge(box("ftyp", 24) + box("meta", 100) + box("mdat", 500)) == .whole)
    }

    @Test func withoutItsIndexOrWithHalfItsDataItIsCutShort() {
        #expect(judge(box("ftyp", 24) + box("mdat", 500, 200)) == .cutShort)
        #expect(judge(box("ftyp", 24) + box("mdat", 500)) == .cutShort)
        #expect(judge(box("ftyp", 24)) == .cutShort)
        #expect(judge(box("ftyp", 24, 12)) == .cutShort)
        #expect(judge(box("ftyp", 24) + box("moov", 100) + box("mdat", 500, 499)) == .cutShort)
        #expect(judge(box("ftyp", 24) + box("moov", 100, 50)) == .cutShort)
    }

    @Test func rubbishBehindAWholeFileNeverWaits() {
        let whole = box("ftyp", 24) + box("moov", 100) + box("mdat", 500)
        #expect(judge(whole + [0, 1, 2]) == .whole)
        #expect(judge(whole + Array("this is no box at all, but long".utf8)) == .whole)
        #expect(judge(whole + box("uuid", 5000, 16)) == .whole)
    }

    @Test func aLastBoxThatReachesToTheEndIsWhole() {
        #expect(judge(box("ftyp", 24) + box("moov", 100) + box("mdat", 0, 300)) == .whole)
    }

    @Test func lengthsOf64BitsAreRead() {
        let long: [UInt8] = [0, 0, 0, 1] + Array("mdat".utf8) + [0, 0, 0, 0, 0, 0, 1, 0]
        let data = long + [UInt8](repeating: 0, count: 240)
        #expect(judge(box("ftyp", 24) + box("moov", 100) + data) == .whole)
        #expect(judge(box("ftyp", 24) + box("moov", 100) + data.dropLast()) == .cutShort)
        let absurd: [UInt8] = [0, 0, 0, 1] + Array("mdat".utf8) + [0x7F, 255, 255, 255, 255, 255, 255, 255]
        #expect(judge(box("ftyp", 24) + box("moov", 100) + absurd) == .cutShort)
    }

    @Test func whatIsNoSuchFileIsNotJudged() {
        #expect(judge([]) == .whole)
        #expect(judge(Array("RIFF....AVI LIST".utf8)) == .whole)
        #expect(judge(box("moov", 100) + box("mdat", 500, 100)) == .whole)
        #expect(judge([0x1A, 0x45, 0xDF, 0xA3, 0, 0, 0, 0, 0, 0, 0, 0]) == .whole)
    }
}
