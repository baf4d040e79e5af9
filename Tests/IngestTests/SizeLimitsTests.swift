// How large a file may be, and what its first bytes say it is.
import Model
import Testing

@testable import Ingest

/// No limit, for tests of other things.
let anySize = SizeLimits(video_bytes: .max, photo_bytes: .max)

@Suite struct SizeLimitsTests {
    private let limits = SizeLimits(video_bytes: 1000, photo_bytes: 100)

    private static let photos: [[UInt8]] = [
        [0xFF, 0xD8, 0xFF, 0xE1], [0x89, 0x50, 0x4E, 0x47], Array("GIF89a".utf8), [0x49, 0x49, 0x2A, 0],
        [0x4D, 0x4D, 0, 0x2A], Array("RIFF1234WEBPVP8 ".utf8), [0, 0, 0, 24] + Array("ftypheic".utf8),
        [0, 0, 0, 24] + Array("ftypavif".utf8), [0, 0, 0, 24] + Array("ftypcrx ".utf8),
        Array("FUJIFILMCCD-RAW ".utf8), Array("BM1234".utf8) + [0, 0, 0, 0, 54, 0],
    ]
    private static let others: [[UInt8]] = [
        [], [0xFF], [0, 0, 0, 24] + Array("ftypisom".utf8), [0, 0, 0, 20] + Array("ftypqt  ".utf8),
        Array("RIFF1234AVI LIST".utf8), Array("BMW drives by".utf8), [0x1A, 0x45, 0xDF, 0xA3],
        Array("hello, I am a text".utf8),
        [0, 0, 0, 24] + Array("ftyphei".utf8),
    ]

    @Test(arguments: photos) func aPhotoHasItsOwnLimit(_ head: [UInt8]) throws {
        #expect(limits.refusal(bytes: 100, head: head) == nil)
        let refusal = try #require(limits.refusal(bytes: 101, head: head))
        #expect(refusal.problem == .tooLarge)
        #expect(refusal.detail == "It has 101 bytes; a photo may have 100 bytes at most.")
    }

    @Test(arguments: others) func whatIsNoPhotoCountsAsAVideo(_ head: [UInt8]) throws {
        #expect(limits.refusal(bytes: 1000, head: head) == nil)
        let refusal = try #require(limits.refusal(bytes: 9_300_000_000, head: head))
        #expect(refusal.detail == "It has 9.3 GB; a video may have 1.0 kB at most.")
    }
}
