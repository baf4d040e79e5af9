// Photos that are damaged, cut short, too large, or of a kind that nobody can read.
import Foundation
import Model
import Testing
import Transcode

extension Photos {
    @Suite(.enabled(if: Bench.hasPhotoTools, Bench.photoToolsAreMissing))
    struct PhotoRefusalTests {
        private let bench: Bench

        init() throws { bench = try Bench() }

        /// A picture with something to see everywhere, and its first so many hundredths.
        private func cut(_ ending: String, _ options: String, hundredths: Int) throws -> Path {
            let drawn = try bench.draw(
                "drawn.png", "-f lavfi -i testsrc2=s=1200x900,noise=alls=30:all_seed=5 -frames:v 1 -update 1")
            let whole = bench.path("whole.\(ending)")
            try bench.vips("copy", drawn.text, whole.text + options)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: whole.text))
            return try bench.write(bytes.prefix(bytes.count * hundredths / 100), as: "cut.\(ending)")
        }

        @Test(arguments: [("jpg", "[Q=90]"), ("png", ""), ("jpg", "[Q=90,interlace]")])
        func whatIsMostlyThereIsShownWithARemark(_ ending: String, _ options: String) throws {
            let (media, _) = try bench.photo(try cut(ending, options, hundredths: 90))
            #expect((media.width, media.height) == (1200, 900))
            #expect(media.remarks.count == 1 && media.remarks[0].hasPrefix("The end of this photo is missing"))
        }

        @Test(arguments: [
            ("jpg", "[Q=90]", 50), ("png", "", 50), ("jpg", "[Q=90,interlace]", 4), ("webp", "", 60),
            ("tif", "", 60),
            ("jxl", "", 60),
        ])
        func whatIsMostlyGoneComesBack(_ ending: String, _ options: String, _ hundredths: Int) throws {
            let refusal = try #require(bench.refusal(try cut(ending, options, hundredths: hundredths)))
            #expect([.truncated, .corrupt].contains(refusal.problem), "\(refusal)")
        }

        @Test func damageInTheMiddleIsNoticed() throws {
            let whole = try cut("jpg", "[Q=90]", hundredths: 100)
            #expect(try bench.photo(whole).0.remarks.isEmpty)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: whole.text))
            // Nine tenths down the picture a stretch of something else, which begins with the head of a part.
            let other = Data([0xFF, 0xC4, 0, 4] + (0..<996).map { UInt8($0 % 251) })
            let place = bytes.count * 9 / 10
            bytes.replaceSubrange(place..<(place + 1000), with: other)
            let (media, _) = try bench.photo(try bench.write(bytes, as: "late.jpg"))
            #expect(media.remarks == ["A part of this photo is damaged."])
            bytes.replaceSubrange((bytes.count / 4)..<(bytes.count / 4 + 1000), with: other)
            #expect(bench.refusal(try bench.write(bytes, as: "early.jpg"))?.problem == .corrupt)
        }

        @Test func rubbishBehindAPhotoDoesNoHarm() throws {
            for ending in ["jpg", "png", "webp", "gif", "tif"] {
                let whole = try Data(
                    contentsOf: URL(fileURLWithPath: try cut(ending, "", hundredths: 100).text))
                let (media, _) = try bench.photo(
                    try bench.write(whole + Data(repeating: 0xFF, count: 5000), as: "more.\(ending)"))
                #expect(media.remarks.isEmpty, "\(ending)")
            }
        }

        @Test func moreThanWasAllowedIsRefusedBeforeItIsDrawn() throws {
            // A few kilobytes that claim four hundred million pixels.
            let bomb = bench.path("bomb.png")
            try bench.vips("black", "\(bomb.text)[compression=9]", "20000", "20000")
            let began = Date()
            let refusal = try #require(bench.refusal(bomb))
            #expect(refusal.problem == .tooManyPixels)
            #expect(refusal.text.contains("20000 by 20000"))
            #expect(Date().timeIntervalSince(began) < 5)
            // Within what is allowed, but not within a job's memory.
            let recipe = PhotoRecipe(maxPixels: 1_000_000_000)
            #expect(bench.refusal(bomb, recipe, memory_bytes: 300 << 20)?.problem == .tooManyPixels)
        }

        @Test func whatNobodyReadsHereIsNamed() throws {
            let bitmap = try bench.draw("old.bmp", "-f lavfi -i testsrc2=s=64x64 -frames:v 1 -update 1")
            let refusal = try #require(bench.refusal(bitmap))
            #expect(refusal.problem == .unsupportedCodec && refusal.text.contains("bitmap"))
            for raw in ["FUJIFILMCCD-RAW 0201", "IIU\0\u{8}\0\0\0", "IIRO\u{8}\0\0\0", "\0\0\0\u{18}ftypcrx "] {
                let file = try bench.write(Array(raw.utf8) + [UInt8](repeating: 0, count: 600), as: "raw")
                let refusal = try #require(bench.refusal(file))
                #expect(refusal.problem == .unsupportedCodec && refusal.text.contains("raw"), "\(raw)")
            }
            if let dng = Bench.recording("canon_eos_6d.dng") {
                #expect(bench.refusal(dng)?.text.contains("raw") == true)
            }
        }

        /// Every byte but those that name the format is another: whatever comes of it, it is an answer.
        @Test(arguments: ["jpg", "png", "webp", "gif", "tif", "jxl", "jp2", "heic", "avif"])
        func garbageGetsAnAnswer(_ ending: String) throws {
            let whole = try Data(contentsOf: URL(fileURLWithPath: try cut(ending, "", hundredths: 100).text))
            var random = Chance()
            for _ in 0..<3 {
                var bytes = whole
                for _ in 0..<200 {
                    bytes[Int.random(in: 12..<bytes.count, using: &random)] = .random(in: 0...255)
                }
                let file = try bench.write(bytes, as: "garbage.\(ending)")
                if let refusal = bench.refusal(file) {
                    #expect(refusal.problem.class == .content, "\(refusal)")
                }
            }
        }
    }
}

/// The same numbers every time, so that what fails, fails again.
private struct Chance: RandomNumberGenerator {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33 | state << 31
    }
}
