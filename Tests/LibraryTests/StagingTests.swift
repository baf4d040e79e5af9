// What crashes leave behind in staging goes, all of it, and nothing that stands elsewhere.
import Glibc
import Library
import Model
import Platform
import Scratch
import Testing

@Suite struct StagingTests {
    @Test func aThousandLeftoversGoAndNothingElse() throws {
        let scratch = try Scratch()
        let layout = Layout(root: scratch / "library")
        let kept = layout.preview(of: makeID(0))
        try scratch.file("library/.staging/\(kept.name.text)/poster.jpg", "a poster")
        for number in 1...1000 {
            for name in ["a.mp4", "a-poster.jpg"] {
                try scratch.file("library/.staging/\(makeID(Int64(number))).0/\(name)", "left over")
            }
        }
        try scratch.file("library/.staging/stray", "?")
        try scratch.file("library/media/2026/11/20/x/x.mp4", "published")
        try scratch.file("outside", "not ours")
        // A link is removed, and what it leads to stays.
        #expect(symlink((scratch / "outside").text, (layout.staging / "link").text) == 0)
        try Staging.empty(layout, keeping: [kept.name])
        #expect(try names(in: layout.staging) == [kept.name.text])
        #expect(try read(scratch / "outside") == "not ours")
        #expect(try read(layout.media / "2026/11/20/x/x.mp4") == "published")
        #expect(try read(kept / "poster.jpg") == "a poster")
    }
}
