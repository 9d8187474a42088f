import DataFilesTestSupport

/// A small classification that can be learned: 60 images of 4 x 4 pixels, whose label is the row that is bright.
enum BrightRows {
    static let images = idx([60, 4, 4], (0..<60).flatMap(pixels))

    private static func pixels(ofSample sample: Int) -> [UInt8] {
        (0..<16).map { pixel in
            let light = pixel / 4 == sample % 3 ? 180 : 20
            return UInt8(light + (sample * 7 + pixel * 5) % 60)
        }
    }

    static let labels = idx([60], (0..<60).map { UInt8($0 % 3) })

    static func configuration(
        images: String = "images", labels: String = "labels", classNames: String = ""
    ) -> String {
        """
        data:
          format: idx
          train: {images: \(images), labels: \(labels)}
          test: {images: images, labels: labels}
        \(classNames)model: {preset: mlp, hidden: [8]}
        training: {batch: 8, epochs: 1}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false}

        """
    }
}
