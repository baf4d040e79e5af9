// Photos of real phones and cameras: what becomes of each.
import Foundation
import Model
import Testing
import Transcode

extension Photos {
    @Suite(
        .enabled(
            if: Bench.recording("apple.HEIC") != nil,
            "the recordings of real cameras are not here: nothing of theirs was tried"))
    struct PhotoCorpusTests {
        private let bench: Bench

        init() throws { bench = try Bench() }

        /// Its size as published, how many remarks, and who made it.
        private func published(_ name: String) throws -> String {
            let (media, _) = try bench.photo(try #require(Bench.recording(name)))
            return "\(media.width)x\(media.height) \(media.remarks.count) \(media.device ?? "-")"
        }

        @Test(arguments: [
            ("apple.HEIC", "1800x2400 0 Apple iPhone 15 Pro Max"),
            ("IMG_2927.HEIC", "1800x2400 0 Apple iPhone 11 Pro"),
            ("arrow.heic", "1800x2400 0 Apple iPhone 8 Plus"), ("photo.heic", "100x74 0 Apple iPhone 8"),
            ("cat.hif", "2400x1603 0 SONY ILCE-7SM3"),
            ("Issue 437 (dotnet).heic", "2400x1109 0 Samsung Galaxy S24 FE"),
            ("samsung-one-ui-6.heic", "1800x2400 1 Samsung SM-S906U"), ("wrong.heic", "500x500 0 Canon EOS 6D"),
            ("gradient_10bit.heic", "64x48 0 -"), ("gradient_12bit.avif", "64x48 0 -"),
            ("exif.avif", "192x256 0 Apple iPhone 12 Pro"), ("rot3mir1.avif", "640x427 0 -"),
            ("fixture-msf1.heic", "256x144 1 -"), ("fixture-sequence.avif", "800x450 1 -"),
            ("frozenpond.mpo", "640x480 0 Nintendo 3DS"), ("animated-earth.jpg", "300x300 1 -"),
            ("sample1.jxl", "896x1080 0 -"), ("Multiple ICC segments.jpg", "140x140 0 -"),
            ("Sony DigitalMavica.jpg", "350x263 0 SONY DIGITALMAVICA"), ("MultiPage.tif", "1696x2175 1 -"),
            ("endless_loop.jpg", "1x1 0 Canon EOS 1000D"), ("png_decompression_dos.png", "1x1 0 -"),
        ])
        func itIsPublished(_ name: String, _ wanted: String) throws { #expect(try published(name) == wanted) }

        @Test(arguments: [
            ("canon_eos_6d.dng", Problem.unsupportedCodec), ("beach.jpg", .corrupt),
            ("broken_data_stream.png", .truncated),
            ("corrupt.jpg", .corrupt), ("empty.jpg", .empty), ("its-c-m1-4bdd87fd032.png", .corrupt),
            ("sigsegv.png", .corrupt),
            ("NegativeArraySizeException.HeifReader.processBoxes.heif", .corrupt),
            // Real beginnings whose pictures were taken out.
            ("pixel-motion-photo-shortened.jpg", .corrupt), ("ss-motion-photo-shortened.jpg", .corrupt),
            ("ultrahdr.jpg", .truncated),
        ])
        func itComesBack(_ name: String, _ problem: Problem) throws {
            #expect(bench.refusal(try #require(Bench.recording(name)))?.problem == problem)
        }

        /// Newer libheifs miss nothing where it is no part of the picture that is missing.
        @Test func whatIsCutIsToldOf() throws {
            let cut = try #require(Bench.recording("truncated.heic"))
            do throws(Refusal) {
                #expect(
                    try bench.photo(cut).0.remarks == [
                        "The end of this file is missing, but nothing of the picture."
                    ])
            } catch { #expect(error.problem == .truncated) }
            // What is larger than the file may be called cut as well.
            let trap = bench.refusal(try #require(Bench.recording("oom_large_box.heic")))
            #expect(trap?.problem == .corrupt || trap?.problem == .truncated)
        }

        @Test func theHalvesOfALivePhotoNameEachOther() throws {
            let (photo, _) = try bench.photo(try #require(Bench.recording("apple.HEIC")))
            let (video, _) = try bench.preview(try #require(Bench.recording("apple.MOV")))
            #expect(photo.contentIdentifier == "F08C4D29-CD6A-47D9-9200-02BD19D9F3F2")
            #expect(photo.contentIdentifier == video.contentIdentifier)
            #expect(photo.capturedAtOffset == "+13:00")
        }

        /// Eight ways of storing one landscape. Sky, rocks and water are where they are in the first.
        @Test func everyOrientationShowsTheSame() throws {
            _ = try bench.photo(try #require(Bench.recording("Landscape_1.jpg")))
            let first = try bench.quarters(bench.file(.main, .photo))
            for number in 2...8 {
                _ = try bench.photo(try #require(Bench.recording("Landscape_\(number).jpg")))
                let quarters = try bench.quarters(bench.file(.main, .photo))
                for (one, other) in zip(quarters, first) { #expect(isNear(one, other, within: 6), "\(number)") }
            }
        }

        /// The arrow points up, and did so before its number of Exif was looked at.
        @Test func whatTurnsByItselfIsNotTurnedAgain() throws {
            _ = try bench.photo(try #require(Bench.recording("arrow.heic")))
            // Above the middle the two strokes of the shaft are apart from it, below they are not: the head is wide.
            let head = try bench.grey(bench.file(.box(300), .photo), width: 225, height: 300)
            let ink = { (rows: Range<Int>) -> Int in
                let columns = rows.flatMap { (row: Int) -> [Int] in (20..<205).filter { head[row][$0] < 90 } }
                return (columns.max() ?? 0) - (columns.min() ?? 0)
            }
            #expect(2 * ink(95..<115) > 3 * ink(190..<215))
        }
    }
}
