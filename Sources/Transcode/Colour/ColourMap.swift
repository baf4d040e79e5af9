internal import Glibc

/// What becomes of one pixel whose colours are not those of ordinary video, step by step. Pure, and exact: it is
/// the measure for `ColourKernel`, which does the same to whole pictures, and where its numbers come from.
///
/// Everything between the two curves happens to light. Highlights are darkened by one factor for red, green and
/// blue, found by the brightest of them, so that no hue turns and nothing fades; and a colour that no ordinary
/// screen can show loses as much of its saturation as it must, but none of its luminance.
/// docs/decisions/colours.md tells where the numbers are from.
package struct ColourMap: Sendable {
    private let transfer: Colour.Transfer
    /// Nil for ordinary video, which has no highlights beyond white.
    let tone: ToneCurve?
    /// Whether all that leaves the range is its saturation.
    package var isOrdinary: Bool { tone == nil }
    /// How much red and blue add to luma.
    package let (redShare, blueShare): (Double, Double)
    package let luminance: SIMD3<Double>
    package let toOrdinary: Matrix3

    /// White of ordinary video, in cd/m², for which the screen of HLG is made to fit.
    private static let white = 100.0
    /// What HLG is shown on (ITU-R BT.2446, method B): its peak in cd/m², and its gamma.
    private static let (hlgPeak, hlgGamma) = (291.0, 1.03)
    /// What paper is in HLG: three quarters of the signal; and in PQ, in cd/m² (ITU-R BT.2408).
    private static let (hlgPaper, pqPaper) = (0.75, 203.0)
    /// Where both kinds have paper before highlights are rolled off: not far below white.
    private static let paper = shown(hlg: Light.ofScene(hlg: hlgPaper))
    /// Half of white's light: skins and shade are below, and clouds have some room above.
    private static let knee = 0.5
    /// Peaks that films and phones really have, in cd/m²; and what is taken where nothing is said.
    private static let (pqPeaks, usualPQPeak) = (400.0...4000.0, 1000.0)

    package init(_ colour: Colour) {
        transfer = colour.transfer
        (redShare, blueShare) = colour.matrix.shares
        let gamut = Gamut(colour.primaries)
        luminance = gamut.luminance
        toOrdinary = gamut.matrix(to: Gamut(.bt709))
        let pqPeak = min(max(colour.peak ?? Self.usualPQPeak, Self.pqPeaks.lowerBound), Self.pqPeaks.upperBound)
        tone =
            switch transfer {
            case .hlg: ToneCurve(knee: Self.knee, peak: Self.hlgPeak / Self.white)
            case .pq: ToneCurve(knee: Self.knee, peak: pqPeak / Self.pqPaper * Self.paper)
            case .sdr, .unknown: nil
            }
    }

    /// Light of a scene in HLG, as a screen shows it; white is 1.
    private static func shown(hlg light: Double) -> Double { hlgPeak / white * pow(light, hlgGamma) }

    /// What light is multiplied by, for ordinary white to be 1: `factor`, times a power of its luminance.
    var gain: (factor: Double, power: Double) {
        switch transfer {
        case .hlg: (Self.hlgPeak / Self.white, Self.hlgGamma - 1)
        case .pq: (Light.brightestPQ / Self.pqPaper * Self.paper, 0)
        case .sdr, .unknown: (1, 0)
        }
    }

    /// Light of one of red, green and blue. The brightest that the signal can say is 1.
    package func light(_ signal: Double) -> Double {
        let signal = min(max(signal, 0), 1)
        return switch transfer {
        case .hlg: Light.ofScene(hlg: signal)
        case .pq: Light.ofScreen(pq: signal) / Light.brightestPQ
        case .sdr, .unknown: Light.ofScreen(sdr: signal)
        }
    }

    /// What light is multiplied by afterwards, for highlights to be below white, whose brightest of red, green
    /// and blue is `most`.
    private func darkening(most: Double) -> Double {
        guard let tone, most > tone.knee else { return 1 }
        return tone(most) / most
    }

    /// From a pixel's ten bits in the limited range to red, green and blue of ordinary video, from 0 to 1.
    package func ordinary(luma: Double, cb: Double, cr: Double) -> SIMD3<Double> {
        let (luma, cb, cr) = ((luma - 64) / 876, (cb - 512) / 896, (cr - 512) / 896)
        let red = luma + 2 * (1 - redShare) * cr
        let blue = luma + 2 * (1 - blueShare) * cb
        let green = (luma - redShare * red - blueShare * blue) / (1 - redShare - blueShare)
        let lights = SIMD3(light(red), light(green), light(blue))
        let before = dot(luminance, lights)
        // Nothing is as good as darker than any signal but black.
        let gain = gain.factor * pow(max(before, 1e-9), gain.power)
        let (grey, colour) = (before * gain, toOrdinary * lights * gain)
        var kept = 1.0
        if colour.min() < 0 { kept = grey / (grey - colour.min()) }
        if isOrdinary, colour.max() > 1 { kept = min(kept, max(0, (1 - grey) / (colour.max() - grey))) }
        let inside = grey + (colour - grey) * kept
        let shown = inside * darkening(most: inside.max())
        return SIMD3(Light.sdr(shown.x), Light.sdr(shown.y), Light.sdr(shown.z))
    }
}

extension Colour.Matrix {
    /// How much red and blue add to luma.
    package var shares: (red: Double, blue: Double) {
        switch self {
        case .bt709, .unknown: (0.2126, 0.0722)
        case .bt601: (0.299, 0.114)
        case .bt2020: (0.2627, 0.0593)
        }
    }
}
