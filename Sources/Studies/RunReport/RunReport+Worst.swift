import Datasets
import Foundation
import Runs
import Training

extension RunReport {
    /// The samples with the largest losses: as pictures, or else as values.
    func worst(_ evaluation: ReportedRun.Evaluation) -> String {
        guard !evaluation.worst.isEmpty else { return "" }
        let heading = HTML.element("h3", [:], "Largest losses on the test set")
        let shape = evaluation.meaning.sampleShape
        if shape.count == 3, shape[1] > 1, shape[2] > 1 {
            let figures = evaluation.worst.map { Self.picture($0, evaluation) }
            return heading + HTML.element("div", ["class": "pictures"], figures.joined()) + "\n"
        }
        return heading + Self.values(evaluation)
    }

    private static func className(_ label: Int, _ evaluation: ReportedRun.Evaluation) -> String {
        evaluation.report.classes[label].name
    }

    private static func picture(_ sample: WorstPrediction, _ evaluation: ReportedRun.Evaluation) -> String {
        let shape = evaluation.meaning.sampleShape
        let image = SamplePicture(
            sample.features, shape: shape, isScaled: (evaluation.meaning.fullScale ?? 1) != 1)
        let (label, prediction) = (className(sample.label, evaluation), className(sample.prediction, evaluation))
        let caption =
            HTML.element("strong", [:], HTML.text(label)) + " as " + HTML.text(prediction) + HTML.element("br")
            + "loss \(loss(sample.loss)), no. \(sample.index)"
        return HTML.element(
            "figure", [:],
            HTML.element(
                "img", ["src": image.dataURL, "alt": "sample \(sample.index), \(label) taken as \(prediction)"])
                + HTML.element("figcaption", [:], caption))
    }

    /// More features than this are left out.
    private static let mostFeatures = 12

    private static func values(_ evaluation: ReportedRun.Evaluation) -> String {
        let count = evaluation.worst[0].features.count
        let shown = min(count, mostFeatures)
        let names =
            evaluation.meaning.featureNames ?? (0..<count).map { "feature \($0)" }
        let rows = evaluation.worst.map { sample in
            [
                "\(sample.index)", HTML.text(className(sample.label, evaluation)),
                HTML.text(className(sample.prediction, evaluation)), loss(sample.loss),
            ] + sample.features.prefix(shown).map { NumberText.significant(Double($0), digits: 4) }
        }
        let titles = ["sample", "label", "prediction", "loss"] + names.prefix(shown).map(HTML.text)
        let note = count > shown ? HTML.element("p", [:], "The first \(shown) of \(count) features.") : ""
        return HTML.table(titles, rows, numbers: Set([0, 3] + (4..<4 + shown))) + note
    }

    private static func loss(_ loss: Double) -> String {
        loss.isFinite ? NumberText.significant(loss, digits: 4) : "∞"
    }
}

/// A sample as a picture of bytes.
struct SamplePicture {
    private let image: PNGImage

    /// Larger pictures are made smaller by whole factors.
    private static let mostPixels = 64

    /// - Parameters:
    ///   - features: `[C, H, W]`; of other channels than one or three the first is shown.
    ///   - isScaled: whether 0 is black and 1 white; else the lowest value is black and the highest white.
    init(_ features: [Float], shape: [Int], isScaled: Bool) {
        let (height, width) = (shape[1], shape[2])
        let channels = shape[0] == 3 ? 3 : 1
        let seen = features.prefix(channels * height * width).filter(\.isFinite)
        let (low, high): (Float, Float) = isScaled ? (0, 1) : (seen.min() ?? 0, seen.max() ?? 1)
        let factor = max(1, (max(height, width) + Self.mostPixels - 1) / Self.mostPixels)
        let (rows, columns) = (max(1, height / factor), max(1, width / factor))
        var pixels = [UInt8](repeating: 0, count: rows * columns * channels)
        for channel in 0..<channels {
            for row in 0..<rows {
                for column in 0..<columns {
                    var (sum, count): (Float, Float) = (0, 0)
                    for y in row * factor..<min((row + 1) * factor, height) {
                        for x in column * factor..<min((column + 1) * factor, width) {
                            sum += features[(channel * height + y) * width + x]
                            count += 1
                        }
                    }
                    let share = (sum / count - low) / max(high - low, .leastNormalMagnitude)
                    pixels[(row * columns + column) * channels + channel] =
                        share.isFinite ? UInt8(min(max(share, 0), 1) * 255 + 0.5) : 0
                }
            }
        }
        image = PNGImage(width: columns, height: rows, pixels: pixels)
    }

    /// For an `img`, without a file.
    var dataURL: String { "data:image/png;base64,\(Data(image.bytes).base64EncodedString())" }
}
