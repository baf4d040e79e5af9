// Photos of every format become what INTERFACE promises: upright, in their sizes, in the usual colours.
import Foundation
import Model
import Testing

@testable import Transcode

extension Photos {
    @Suite(.enabled(if: Bench.hasPhotoTools, Bench.photoToolsAreMissing))
    struct PhotoTests {
        private let bench: Bench

        init() throws { bench = try Bench() }

        private func isUpright(_ comment: Comment = "") throws {
            for (quarter, wanted) in zip(try bench.quarters(bench.file(.main, .photo)), cornerColours) {
                #expect(isNear(quarter, wanted), "\(quarter) instead of \(wanted), \(comment)")
            }
        }

        private func sizes(_ files: [MadeFile]) -> [String: String] {
            Dictionary(uniqueKeysWithValues: files.map { ($0.role.rawValue, "\($0.width)x\($0.height)") })
        }

        @Test func everySizeIsFittedAndNoneIsEnlarged() throws {
            let (media, files) = try bench.photo(try bench.corners("large.jpg", "3000x2000"))
            #expect(media.kind == .photo && media.duration == nil && media.remarks.isEmpty)
            #expect((media.width, media.height) == (2400, 1600))
            #expect(
                sizes(files) == [
                    "main": "2400x1600", "poster": "1280x853", "thumb": "320x213", "150": "150x100",
                    "300": "300x200",
                    "800": "800x533",
                ])
            for file in files {
                let shape = try bench.shape(bench.file(file.role, .photo))
                #expect(shape == "\(file.width)x\(file.height) Progressive DCT, Huffman coding")
            }
            try isUpright()
        }

        @Test func aSmallPhotoStaysAsSmallAsItIs() throws {
            let (media, files) = try bench.photo(try bench.corners("small.jpg", "200x300"))
            #expect((media.width, media.height) == (200, 300))
            #expect(
                sizes(files) == [
                    "main": "200x300", "poster": "200x300", "thumb": "200x300", "150": "100x150",
                    "300": "200x300",
                    "800": "200x300",
                ])
        }

        @Test(arguments: ["2x2", "7x3", "15000x3", "3x15000", "5000x5001"])
        func noShapeIsTooOdd(_ size: String) throws {
            for ending in ["jpg", "png"] {
                let odd = try bench.draw(
                    "odd.\(ending)", "-f lavfi -i color=c=teal:s=\(size) -frames:v 1 -update 1")
                let (media, files) = try bench.photo(odd)
                #expect(media.remarks.isEmpty && max(media.width, media.height) <= 2400)
                #expect(files.count == 6 && files.allSatisfy { $0.width > 0 && $0.height > 0 })
            }
        }

        @Test func theRecipeSaysHowLargeAndWhichSizes() throws {
            let recipe = PhotoRecipe(longSide: 500, quality: 50, sizes: [.init(width: 64, height: 32)])
            let (media, files) = try bench.photo(try bench.corners("large.jpg", "1000x800"), recipe)
            #expect((media.width, media.height) == (500, 400))
            #expect(files.map(\.role.rawValue).sorted() == ["64", "main", "poster", "thumb"])
            #expect(files.first { $0.role == .box(64) }.map { [$0.width, $0.height] } == [40, 32])
        }

        /// What has to be stored, for the picture to be upright after it was turned as Exif says.
        @Test(arguments: [
            (1, "null"), (2, "hflip"), (3, "hflip,vflip"), (4, "vflip"), (5, "transpose=cclock_flip"),
            (6, "transpose=cclock"), (7, "transpose=clock_flip"), (8, "transpose=clock"),
        ])
        func itIsTurnedOnce(_ orientation: Int, _ turned: String) throws {
            // All of them for the commonest; the others take their number from the same place.
            for ending in orientation == 6 ? ["jpg", "png", "tif", "webp"] : ["jpg"] {
                let drawn = try bench.corners("drawn.png", turned: turned)
                let stored = bench.path("stored.\(ending)")
                try bench.vips("copy", drawn.text, ending == "webp" ? "\(stored.text)[Q=95]" : stored.text)
                try bench.exiftool(stored, "-n", "-Orientation#=\(orientation)")
                let (media, _) = try bench.photo(stored)
                #expect((media.width, media.height) == (640, 480), "\(ending) \(orientation)")
                try isUpright("\(ending) \(orientation)")
            }
        }

        /// A JPEG's planes are turned as they are; colours may stand for several pixels, and end beyond the picture.
        @Test(arguments: ["1x1", "2x1", "2x2", "1x2", "4x1"])
        func planesOfEveryKindAreTurned(_ pixels: String) throws {
            let drawn = try bench.corners("drawn.ppm", "643x481", turned: "transpose=cclock")
            let stored = bench.path("stored.jpg")
            _ = try bench.run(
                "cjpeg", ["-quality", "98", "-sample", pixels, "-outfile", stored.text, drawn.text])
            try bench.exiftool(stored, "-n", "-Orientation#=6")
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: stored.text)))
            #expect(try bytes.withUnsafeMutableBytes { try JPEG.planes($0, shrink: 1) } != nil)
            let (media, _) = try bench.photo(stored)
            #expect((media.width, media.height) == (643, 481))
            try isUpright("\(pixels)")
        }

        @Test(arguments: ["jpg", "png", "webp", "gif", "tif", "heic", "avif", "jxl", "jp2"])
        func everyFormatIsReadByItsContents(_ ending: String) throws {
            let drawn = try bench.corners("drawn.png")
            let made = bench.path("made.\(ending)")
            switch ending {
            case "heic": _ = try bench.run("heif-enc", ["-q", "90", "-o", made.text, drawn.text])
            case "avif": _ = try bench.run("heif-enc", ["-A", "-q", "90", "-o", made.text, drawn.text])
            default: try bench.vips("copy", drawn.text, made.text)
            }
            // Many a phone writes a photo into an .MOV; the worker is told by no name anyhow.
            let named = bench.path("odd.mov")
            try FileManager.default.moveItem(atPath: made.text, toPath: named.text)
            let (media, _) = try bench.photo(named)
            #expect(media.kind == .photo && (media.width, media.height) == (640, 480))
            try isUpright("\(ending)")
        }

        // MARK: Colours

        /// A colour that is another one in each space, stored in that space, comes out as it was.
        @Test(arguments: ["p3", "cmyk", "grey", "deep", "untagged cmyk"])
        func coloursAreTheUsualOnes(_ space: String) throws {
            let drawn = try bench.draw(
                "drawn.png", "-f lavfi -i color=c=0x4080A0:s=64x64,format=rgb24 -frames:v 1 -update 1")
            let stored = bench.path(space == "deep" ? "stored.png" : "stored.jpg")
            var wanted: [UInt8] = [0x40, 0x80, 0xA0]
            switch space {
            case "p3":
                try bench.vips(
                    "icc_transform", drawn.text, "\(stored.text)[Q=98]", "p3", "--input-profile=srgb")
            case "cmyk":
                try bench.vips(
                    "icc_transform", drawn.text, "\(stored.text)[Q=98]", "cmyk", "--input-profile=srgb")
            case "untagged cmyk":
                try bench.vips(
                    "icc_transform", drawn.text, "\(stored.text)[Q=98,strip]", "cmyk", "--input-profile=srgb")
            case "deep": try bench.vips("colourspace", drawn.text, "\(stored.text)[bitdepth=16]", "rgb16")
            default:
                try bench.vips("colourspace", drawn.text, stored.text, "b-w")
                let grey = try bench.colour(stored, region: "64:64:0:0")
                wanted = grey
            }
            _ = try bench.photo(stored)
            let shown = try bench.colour(bench.file(.main, .photo), region: "64:64:0:0")
            // Ink cannot show every colour that a screen can.
            #expect(
                isNear(shown, wanted, within: space.hasSuffix("cmyk") ? 16 : 6), "\(shown) instead of \(wanted)"
            )
            if space == "p3" {
                // Without its profile it would look otherwise: the test would notice.
                let raw = try bench.colour(stored, region: "64:64:0:0")
                #expect(!isNear(raw, wanted, within: 6))
            }
        }

        /// Four numbers stand for colours where no profile does.
        @Test(arguments: ["yuv420p", "yuv420p10le"])
        func coloursAreTrueThatOnlyNumbersTell(depth: String) throws {
            let drawn = try bench.draw(
                "drawn.png", "-f lavfi -i color=c=0x4080A0:s=64x64,format=rgb24 -frames:v 1 -update 1")
            let p3 = bench.path("p3.png")
            try bench.vips("icc_transform", drawn.text, p3.text, "srgb", "--input-profile=p3")
            let meant = try bench.colour(p3, region: "64:64:0:0")
            let hlg = ordinary([0x40, 0x80, 0xA0], .hlg)
            let pq = ordinary([0x40, 0x80, 0xA0], .pq)
            for (primaries, transfer, wanted) in [
                ("smpte432", "iec61966-2-1", meant), ("smpte432", "bt709", meant),
                ("bt2020", "arib-std-b67", hlg),
                ("bt2020", "smpte2084", pq),
            ] {
                let numbers = "range=pc:colorspace=smpte170m:color_primaries=\(primaries):color_trc=\(transfer)"
                let told = try bench.draw(
                    "told.avif",
                    "-i \(drawn.text) -vf scale=out_color_matrix=bt601:out_range=pc,format=\(depth),setparams=\(numbers)",
                    "-c:v libaom-av1 -still-picture 1 -crf 5")
                _ = try bench.photo(told)
                let shown = try bench.colour(bench.file(.main, .photo), region: "64:64:0:0")
                #expect(
                    isNear(shown, wanted, within: 5),
                    "\(shown) instead of \(wanted), \(primaries) and \(transfer)")
            }
        }

        /// A pixel of BT.2020 as videos are mapped.
        private func ordinary(_ colour: [UInt8], _ transfer: Colour.Transfer) -> [UInt8] {
            var told = Colour()
            (told.primaries, told.matrix, told.transfer) = (.bt2020, .bt601, transfer)
            let rgb = SIMD3(Double(colour[0]), Double(colour[1]), Double(colour[2])) / 255
            let luma = (rgb * SIMD3(0.299, 0.587, 0.114)).sum()
            let made = ColourMap(told).ordinary(
                luma: 64 + 876 * luma, cb: 512 + 896 * (rgb.z - luma) / 1.772,
                cr: 512 + 896 * (rgb.x - luma) / 1.402)
            return [made.x, made.y, made.z].map { UInt8((255 * $0).rounded()) }
        }

        @Test func whatIsPaddingIsCut() throws {
            let drawn = try bench.corners("drawn.png")
            let made = bench.path("made.heic")
            _ = try bench.run("heif-enc", ["-q", "90", "-o", made.text, drawn.text])
            var bytes = try Data(contentsOf: URL(fileURLWithPath: made.text))
            // It promises 36 rows less than its codec has.
            let size = try #require(bytes.range(of: Data("ispe".utf8))?.upperBound)
            bytes.replaceSubrange((size + 8)..<(size + 12), with: Data([0, 0, 1, 188]))
            let (media, _) = try bench.photo(try bench.write(bytes, as: "padded.heic"))
            #expect((media.width, media.height) == (640, 444))
        }

        @Test func whatIsTransparentIsOnWhite() throws {
            let drawn = try bench.draw(
                "drawn.png", "-f lavfi -i color=c=red@0.0:s=64x64,format=rgba -frames:v 1 -update 1")
            for name in ["clear.png", "clear.webp", "clear.gif", "clear.tif", "clear.avif"] {
                try bench.vips("copy", drawn.text, bench.path(name).text)
                _ = try bench.photo(bench.path(name))
                let shown = try bench.colour(bench.file(.main, .photo), region: "64:64:0:0")
                #expect(isNear(shown, [255, 255, 255], within: 2), "\(name) \(shown)")
            }
        }

        @Test func aDamagedProfileIsNoReasonToRefuse() throws {
            let drawn = try bench.corners("drawn.png")
            let tagged = bench.path("tagged.jpg")
            try bench.vips("icc_transform", drawn.text, "\(tagged.text)[Q=95]", "p3", "--input-profile=srgb")
            var bytes = try Data(contentsOf: URL(fileURLWithPath: tagged.text))
            let place = try #require(bytes.range(of: Data("acsp".utf8))?.upperBound)
            bytes.replaceSubrange((place + 60)..<(place + 260), with: Data(repeating: 7, count: 200))
            let (media, _) = try bench.photo(try bench.write(bytes, as: "stored.jpg"))
            #expect(media.remarks.count == 1 && media.remarks[0].contains("colours"))
            #expect((media.width, media.height) == (640, 480))
        }

        // MARK: More than a picture

        @Test(arguments: ["gif", "webp", "apng"])
        func ofWhatMovesTheFirstPictureIsShown(_ ending: String) throws {
            let moving = try bench.draw(
                "moving.\(ending)",
                "-f lavfi -i color=c=red:s=64x64:r=2:d=1 -f lavfi -i color=c=blue:s=64x64:r=2:d=1",
                "-filter_complex concat=n=2 \(ending == "apng" ? "-plays 0" : "-loop 0")")
            let (media, _) = try bench.photo(moving)
            #expect(media.remarks == ["This picture moves; its first moment is shown."])
            let shown = try bench.colour(bench.file(.main, .photo), region: "64:64:0:0")
            #expect(isNear(shown, [254, 0, 0], within: 8), "\(shown)")
        }

        @Test func ofADocumentTheFirstPageIsShown() throws {
            let page = try bench.corners("page.png")
            let document = bench.path("document.tif")
            try bench.vips("arrayjoin", "\(page.text) \(page.text)", bench.path("both.v").text, "--across=1")
            try bench.vips("copy", bench.path("both.v").text, "\(document.text)[page-height=480]")
            let (media, _) = try bench.photo(document)
            #expect((media.width, media.height) == (640, 480))
            #expect(media.remarks == ["This file has 2 pages; the first one is shown."])
        }

        @Test func aFilmThatHangsOnAPhotoIsTold() throws {
            let photo = try bench.corners("motion.jpg")
            try bench.exiftool(photo, "-XMP-GCamera:MicroVideo=1")
            let film = try bench.draw("film.mp4", "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1")
            let both =
                try Data(contentsOf: URL(fileURLWithPath: photo.text))
                + Data(contentsOf: URL(fileURLWithPath: film.text))
            let (media, _) = try bench.photo(try bench.write(both, as: "both.jpg"))
            #expect(media.remarks.count == 1 && media.remarks[0].contains("short video"))
            try isUpright()
        }
    }
}
