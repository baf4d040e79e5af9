// Curves and matrices, at values that others have published.
import Foundation
import Testing
import Transcode

@Suite struct LightTests {
    @Test(arguments: [(0.0, 0.0), (0.5, 1.0 / 12), (0.75, 0.26496), (1.0, 1.0)])
    func sceneOfHLG(signal: Double, light: Double) {
        #expect(abs(Light.ofScene(hlg: signal) - light) < 1e-5)
    }

    @Test(arguments: [(0.0, 0.0), (0.508, 100.0), (0.5807, 203.0), (0.7518, 1000.0), (1.0, 10_000.0)])
    func screenOfPQ(signal: Double, light: Double) {
        #expect(abs(Light.ofScreen(pq: signal) - light) <= light * 0.003)
    }

    @Test func everyCurveCanBeGoneBack() {
        for step in 0...100 {
            let signal = Double(step) / 100
            #expect(abs(Self.hlg(Light.ofScene(hlg: signal)) - signal) < 1e-6)
            #expect(abs(Self.pq(Light.ofScreen(pq: signal)) - signal) < 1e-6)
            #expect(abs(Light.sdr(Light.ofScreen(sdr: signal)) - signal) < 1e-9)
        }
    }

    @Test(arguments: [(0.74, 2.91), (0.74, 1.46), (0.74, 14.6), (0.5, 3.0)])
    func highlightsAreRolledOffWithoutACorner(knee: Double, peak: Double) {
        let curve = ToneCurve(knee: knee, peak: peak)
        #expect(curve(0) == 0)
        #expect(curve(knee) == knee)
        #expect(abs((curve(knee + 1e-6) - curve(knee)) / 1e-6 - 1) < 1e-3)
        #expect(abs(curve(peak) - 1) < 1e-9)
        #expect(curve(2 * peak) == curve(peak))
        var (before, slope) = (0.0, 1.0 + 1e-9)
        for step in 1...1000 {
            let now = curve(peak * Double(step) / 1000)
            let rise = (now - before) / (peak / 1000)
            #expect(rise > 0 && rise <= slope + 1e-9)
            (before, slope) = (now, rise)
        }
    }

    @Test(arguments: [
        (Colour.Primaries.bt709, SIMD3(0.2126, 0.7152, 0.0722)), (.bt2020, SIMD3(0.2627, 0.6780, 0.0593)),
        (.p3, SIMD3(0.2290, 0.6917, 0.0793)), (.ebu, SIMD3(0.2220, 0.7067, 0.0713)),
        (.smpteC, SIMD3(0.2124, 0.7011, 0.0866)),
    ])
    func luminanceOfPrimaries(primaries: Colour.Primaries, expected: SIMD3<Double>) {
        let difference = Gamut(primaries).luminance - expected
        #expect(max(difference.max(), -difference.min()) < 1e-4)
    }

    @Test func whiteIsWhiteInEveryGamutAndRedIsNot() {
        for primaries in [Colour.Primaries.ebu, .smpteC, .p3, .bt2020] {
            let matrix = Gamut(primaries).matrix(to: Gamut(.bt709))
            let white = matrix * SIMD3(repeating: 1) - SIMD3(repeating: 1)
            #expect(max(white.max(), -white.min()) < 1e-9)
        }
        // ITU-R BT.2087.
        let red = Gamut(.bt2020).matrix(to: Gamut(.bt709)) * SIMD3(1, 0, 0)
        #expect(abs(red.x - 1.6605) < 2e-4 && abs(red.y + 0.1246) < 2e-4 && abs(red.z + 0.0182) < 2e-4)
    }

    /// The other way round, as cameras go.
    static func hlg(_ light: Double) -> Double {
        light <= 1.0 / 12
            ? (3 * light).squareRoot() : 0.17883277 * log(12 * light - 0.28466892) + 0.55991073
    }

    static func pq(_ light: Double) -> Double {
        let power = pow(light / 10_000, 2610.0 / 16384)
        return pow((3424.0 / 4096 + 2413.0 / 128 * power) / (1 + 2392.0 / 128 * power), 2523.0 / 32)
    }
}

/// What was worked out apart from this program, from the recommendations alone: pixels of ten bits in BT.2020, and red,
/// green and blue of ordinary video from 0 to 255.
@Suite struct KnownPixelTests {
    @Test(arguments: [
        (Colour.Transfer.hlg, (283.0, 512.0, 512.0), SIMD3(75.6, 75.6, 75.6)),
        (.hlg, (502, 512, 512), SIMD3(137.0, 137.0, 137.0)),
        (.hlg, (721, 512, 512), SIMD3(213.9, 213.9, 213.9)),
        (.hlg, (940, 512, 512), SIMD3(255.0, 255.0, 255.0)),
        (.hlg, (502, 460, 580), SIMD3(188.1, 123.4, 108.2)),
        (.hlg, (600, 600, 470), SIMD3(104.6, 154.4, 225.3)),
        (.hlg, (400, 480, 540), SIMD3(128.6, 104.5, 90.8)),
        (.pq, (64, 512, 512), SIMD3(0.0, 0.0, 0.0)),
        (.pq, (283, 512, 512), SIMD3(48.7, 48.7, 48.7)),
        (.pq, (502, 512, 512), SIMD3(162.0, 162.0, 162.0)),
        (.pq, (721, 512, 512), SIMD3(254.7, 254.7, 254.7)),
        (.pq, (502, 460, 580), SIMD3(235.5, 88.9, 68.4)),
        (.pq, (600, 600, 470), SIMD3(0.0, 134.1, 255.0)),
        (.pq, (400, 480, 540), SIMD3(134.9, 87.6, 65.7)),
    ])
    func lightIsMappedAsTheRecommendationsSay(
        transfer: Colour.Transfer, pixel: (Double, Double, Double), expected: SIMD3<Double>
    ) {
        var colour = Colour()
        (colour.transfer, colour.matrix, colour.primaries) = (transfer, .bt2020, .bt2020)
        let found = ColourMap(colour).ordinary(luma: pixel.0, cb: pixel.1, cr: pixel.2) * 255
        let difference = found - expected
        #expect(max(difference.max(), -difference.min()) < 0.5, "\(found)")
    }
}
