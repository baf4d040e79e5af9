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
        #expect(judge(Array("RIFF....WAVEfmt ".utf8)) == .whole)
        #expect(judge(box("uuid", 100) + box("mdat", 500, 100)) == .whole)
        #expect(judge([0x1A, 0x45, 0xDF, 0xA3, 0, 0, 0, 0, 0, 0, 0, 0]) == .whole)
    }

    @Test func anAVITellsItsLength() {
        func avi(_ length: [UInt8], _ content: Int) -> [UInt8] {
            Array("RIFF".utf8) + length + Array("AVI LIST".utf8) + [UInt8](repeating: 1, count: content - 16)
        }
        // 0x0400 bytes follow the first eight.
        #expect(judge(avi([0, 4, 0, 0], 1032)) == .whole)
        #expect(judge(avi([0, 4, 0, 0], 1031)) == .cutShort)
        #expect(judge(avi([0, 4, 0, 0], 5000)) == .whole, "longer ones have more than one such box")
        // A camera that was switched off has not written it.
        #expect(judge(avi([0, 0, 0, 0], 1000)) == .whole)
        #expect(judge(avi([255, 255, 255, 255], 1000)) == .whole)
        #expect(judge(Array("RIFF".utf8)) == .whole)
    }

    @Test func aMatroskaTellsItsLength() {
        let header: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3, 0x84, 1, 2, 3, 4, 0x18, 0x53, 0x80, 0x67]
        let data = [UInt8](repeating: 7, count: 300)
        // 300 bytes, in two bytes and in eight.
        for length: [UInt8] in [[0x41, 0x2C], [0x01, 0, 0, 0, 0, 0, 0x01, 0x2C]] {
            #expect(judge(header + length + data) == .whole)
            #expect(judge(header + length + data.dropLast()) == .cutShort)
        }
        // A live recording does not know.
        #expect(judge(header + [0xFF] + data) == .whole)
        #expect(judge(header + [0x01, 255, 255, 255, 255, 255, 255, 255] + data) == .whole)
        #expect(judge(Array(header.dropLast(3))) == .whole)
    }

    @Test func roomThatIsStillToBeFilledIsWaitedFor() {
        #expect(judge([UInt8](repeating: 0, count: 5000)) == .cutShort)
        #expect(judge([0]) == .cutShort)
        let begun = box("ftyp", 24) + box("mdat", 500, 100) + [UInt8](repeating: 0, count: 3000)
        #expect(judge(begun) == .cutShort)
    }

    @Test func oldQuickTimeBeginsWithoutSayingWhatItIs() {
        for first in ["wide", "mdat", "skip", "free", "pnot"] {
            #expect(judge(box(first, 24) + box("mdat", 500) + box("moov", 100)) == .whole)
            #expect(judge(box(first, 24) + box("mdat", 500)) == .cutShort)
        }
        #expect(judge(box("moov", 100) + box("mdat", 500, 100)) == .cutShort)
    }
}
