// The configuration that is kept beside the snapshots says what was in force, and flipd can read it.
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct ConfigurationTextTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func text(_ file: String, set overrides: [String] = []) throws -> String {
        let path = try scratch.file("flipd.conf", file)
        let source = ConfigurationSource(file: path, root: nil, overrides: overrides)
        return configurationText(try source.read().settings)
    }

    @Test func theValueThatCountsIsSaid() throws {
        try scratch.file("flipd.conf.d/a.conf", "[Video]\nQuality=20\n[Worker]\nJobs=2\n")
        let text = try text("[Video]\nQuality=28\nMaxFps=30\n[Intake]\nSettle=7s\n", set: ["Worker.Jobs=3"])
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["[Intake]", "Settle=7s", "[Video]", "Quality=20", "MaxFps=30", "[Worker]", "Jobs=3"])
        let again = try scratch.file("kept.conf", text)
        let configuration = try ConfigurationSource(file: again, root: nil, overrides: []).load()
        #expect(configuration.jobs == 3 && configuration.recipe.quality == 20 && configuration.settle_s == 7)
    }

    @Test func withoutAnySettingThereIsOnlyAComment() throws {
        #expect(try text("# nothing\n").split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
    }

    @Test(arguments: ["srun\nx", "srun ; x", "srun #x\n[Video]"]) func whatNoFileCanSayIsLeftOut(
        _ value: String
    ) throws {
        let text = try text("", set: ["Worker.Launch=\(value)"])
        #expect(text.contains("# Launch= had a value that only --set can say."))
        let again = try scratch.file("kept.conf", text)
        #expect(try ConfigurationSource(file: again, root: nil, overrides: []).load().launch.isEmpty)
    }
}
