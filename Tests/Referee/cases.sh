# shellcheck shell=bash disable=SC2154 # of the script that sources this
# The trainings of the referee: the one place that knows keys of configurations. Sourced by run.sh, which says what `train`,
# `resume` and `same` do, and sets `work` and `has_bfloat16`. A renamed key is renamed here, in the commit that renames it, and the numbers stay.

readonly small=Tests/Referee/small.yaml

# MARK: - Ranks, nodes, the fixed tree

for ranks in 1 2 3; do train "digits-ranks-$ranks" "$ranks" configs/digits.yaml; done
for ranks in 1 2 4; do
    train "reproducible-ranks-$ranks" "$ranks" configs/digits.yaml reproducible.shards=4
    train "reproducible-nodes-$ranks" "$ranks" configs/digits.yaml reproducible.shards=4 reduction.sharedMemory=false
done
same reproducible-{ranks,nodes}-{1,2,4}

readonly bf16=reduction.compression=bf16
for ranks in 2 3; do
    train "small-ranks-$ranks" "$ranks" "$small"
    train "nodes-$ranks" "$ranks" "$small" reduction.sharedMemory=false reduction.overlap=off
    train "nodes-overlap-$ranks" "$ranks" "$small" reduction.sharedMemory=false reduction.overlap=on reduction.bucket=4096
    train "nodes-compressed-$ranks" "$ranks" "$small" reduction.sharedMemory=false "$bf16"
done
# A sum of two is the same in either order.
same small-ranks-2 nodes-2 nodes-overlap-2
train nodes-compressed-clipped 2 "$small" reduction.sharedMemory=false "$bf16" optimizer.clipNorm=0.5
train small-uneven 3 "$small" training.batch=4 training.steps=40

# MARK: - Interrupted and taken up

# A run that ends after some steps and goes on has the bits of one that did not; in the fixed tree on other ranks too.
train small 1 "$small"
train resumed 1 "$small" checkpoint.end=true training.steps=40
resume resumed 1 "$small" checkpoint.end=true
train resumed-nodes-compressed 2 "$small" reduction.sharedMemory=false "$bf16" checkpoint.end=true training.steps=40
resume resumed-nodes-compressed 2 "$small" reduction.sharedMemory=false "$bf16" checkpoint.end=true
train resumed-averaged 1 "$small" averaging.form=polynomial checkpoint.end=true training.steps=40
resume resumed-averaged 1 "$small" averaging.form=polynomial checkpoint.end=true
train resumed-reproducible 4 configs/digits.yaml reproducible.shards=4 training.watch=off training.steps=500
resume resumed-reproducible 2 configs/digits.yaml reproducible.shards=4 training.watch=off
train averaging-polynomial 1 "$small" averaging.form=polynomial
same small resumed
same nodes-compressed-2 resumed-nodes-compressed
same averaging-polynomial resumed-averaged
same reproducible-ranks-1 resumed-reproducible

# MARK: - What looks on

train observed 1 "$small" output.stepsLog=true output.everyRank=true output.plot=true checkpoint.steps=10 checkpoint.best=true \
    -- --profile --trace "$work/trace.json"
same small observed

# MARK: - Optimizers

train sgd-plain 1 "$small" 'optimizer={name: sgd, momentum: 0}'
train sgd-nesterov 1 "$small" 'optimizer={name: sgd, momentum: 0.8, nesterov: true, weightDecay: 0.001}'
train adam 1 "$small" 'optimizer={name: adam, weightDecay: 0.001}' learningRate.rate=0.005
train adam-betas 1 "$small" 'optimizer={name: adam, beta1: 0.8, beta2: 0.99, epsilon: 1.0e-6}' learningRate.rate=0.005
train adamw 1 "$small" 'optimizer={name: adamw}' learningRate.rate=0.005
train rmsprop 1 "$small" 'optimizer={name: rmsprop}' learningRate.rate=0.005
train rmsprop-centered 1 "$small" 'optimizer={name: rmsprop, centered: true, momentum: 0.5, alpha: 0.9}' learningRate.rate=0.002
train adagrad 1 "$small" 'optimizer={name: adagrad, rateDecay: 0.01, initialSum: 0.1}'
train lars 1 "$small" 'optimizer={name: lars, trust: 0.02, weightDecay: 0.0001}' learningRate.rate=1
train lars-ranks-2 2 "$small" 'optimizer={name: lars, trust: 0.02, weightDecay: 0.0001}' learningRate.rate=1
train lamb 1 "$small" 'optimizer={name: lamb, weightDecay: 0.01}' learningRate.rate=0.02
train lamb-nodes 2 "$small" 'optimizer={name: lamb, weightDecay: 0.01}' learningRate.rate=0.02 reduction.sharedMemory=false
train clipped 1 "$small" optimizer.clipNorm=0.5
train clipped-ranks-3 3 "$small" optimizer.clipNorm=0.5
train averaging-exponential 1 "$small" 'averaging={form: exponential, decay: 0.95}'

# MARK: - Optimizers with the rate of their papers

published() {
    local name=$1 settings=$2
    train "$name" 1 "$small" "learningRate=$3" "optimizer={name: $settings}"
    train "$name-interrupted" 1 "$small" "learningRate=$3" "optimizer={name: $settings}" checkpoint.end=true training.steps=40
    resume "$name-interrupted" 1 "$small" "learningRate=$3" "optimizer={name: $settings}" checkpoint.end=true
    train "$name-nodes" 3 "$small" "learningRate=$3" "optimizer={name: $settings}" reduction.sharedMemory=false
    for ranks in 1 2 4; do
        train "$name-reproducible-$ranks" "$ranks" "$small" "learningRate=$3" "optimizer={name: $settings}" reproducible.shards=4
    done
    same "$name" "$name-interrupted"
    same "$name"-reproducible-{1,2,4}
}
published schedule-free-sgd 'schedule-free-sgd, weightDecay: 0.001' '{rate: 0.1, warmup: 0.5}'
published schedule-free-adamw 'schedule-free-adamw, weightDecay: 0.01' '{rate: 0.01}'
published momo 'momo, weightDecay: 0.001' '{}'
published dog 'dog, firstDistance: 1.0e-3' '{}'
published prodigy 'prodigy, firstDistance: 1.0e-4' '{schedule: cosine, horizon: 3}'

# MARK: - Schedules

schedule() { train "$1" 1 "$small" training.epochs=6 "learningRate=$2" "${@:3}"; }
schedule step '{schedule: step, rate: 0.1, every: 2, factor: 0.5}'
schedule multi-step '{schedule: multi-step, rate: 0.1, at: [1, 2.5, 5], factor: 0.3}'
schedule exponential '{schedule: exponential, rate: 0.1, factor: 0.6}'
schedule inverse-time '{schedule: inverse-time, rate: 0.1, decay: 0.7}'
schedule inverse-square-root '{schedule: inverse-square-root, rate: 0.1, hold: 0.5}'
schedule polynomial '{schedule: polynomial, rate: 0.1, power: 2, floor: 0.1}'
schedule cosine '{schedule: cosine, rate: 0.1, floor: 0.05}'
schedule cosine-horizon '{schedule: cosine, rate: 0.1, horizon: 4, warmup: 1}'
schedule constant-cooldown '{schedule: constant-cooldown, rate: 0.1, share: 0.4, floor: 0.05}'
schedule cosine-restarts '{schedule: cosine-restarts, rate: 0.1, period: 1, periodFactor: 2}'
schedule one-cycle '{schedule: one-cycle, rate: 0.1, rise: 0.4}'
schedule triangular '{schedule: cyclical, bounds: {min: 0.01, max: 0.1}, halfCycle: 1}'
schedule triangular2 '{schedule: cyclical, bounds: {min: 0.01, max: 0.1}, halfCycle: 1, mode: triangular2}'
schedule exp-range '{schedule: cyclical, bounds: {min: 0.01, max: 0.1}, halfCycle: 1, mode: exp-range, factor: 0.99}'
schedule plateau '{schedule: plateau, rate: 0.1, patience: 0, threshold: 0.3, factor: 0.5, cooldown: 1}'
schedule plateau-accuracy '{schedule: plateau, rate: 0.1, metric: accuracy, source: validation, patience: 0}' data.validation=0.2
schedule joined \
    '{schedule: joined, parts: [{epochs: 2, schedule: constant, rate: 0.02}, {epochs: 2, schedule: step, rate: 0.1, every: 1},
      {schedule: cosine, rate: 0.05}], warmup: 0.5}'

readonly bounds='bounds: {min: 0.001, max: 0.1}'
schedule hold "{$bounds}"
schedule gain "{form: gain, target: 0.3, factor: 0.6, warmup: 1, $bounds}"
schedule threshold "{form: threshold, threshold: 0.05, $bounds}"
schedule level "{form: level, exponent: 0.5, $bounds}"
schedule level-ranks-of-layers "{form: level, layers: {measure: prototype, share: 0.3}, $bounds}"
schedule level-winner "{form: level, layers: {measure: winner, share: 0.3}, $bounds}"
schedule level-validation "{form: level, source: validation, $bounds}" data.validation=0.2
schedule level-soft "{form: level, predictions: soft, $bounds}"
for estimator in miller-madow chao-shen shuffle; do schedule "level-$estimator" "{form: level, estimator: $estimator, $bounds}"; done
schedule stopped "{form: level, exponent: 4, $bounds}" training.stop=mutual-information training.stopCycles=1 training.epochs=30
schedule cycles "{form: gain, $bounds}" training.cycle=0.5
schedule trials '{schedule: cosine}'
schedule range-test '{form: gain, rangeTest: {steps: 60, safety: 4}}'
schedule watched '{schedule: constant, rate: 3}' training.watch=on training.rollBackFactor=0.3
train level-layers-ranks-3 3 "$small" "learningRate={form: level, layers: {share: 0.3}, $bounds}"
train level-soft-ranks-3 3 "$small" "learningRate={form: level, predictions: soft, $bounds}"

# MARK: - What is trained

train label-smoothing 1 "$small" training.labelSmoothing=0.1
train micro-batch-ranks-2 2 "$small" training.microBatch=10
train validation 1 "$small" data.validation=0.25
train not-standardized 1 "$small" data.standardize=false
train threads 1 "$small" training.threads=2
train seed 1 "$small" seed=7
train mlp-tanh-dropout 1 "$small" 'model={preset: mlp, hidden: [24, 24, 12], activation: tanh, dropout: 0.2}'
train softmax-regression 1 "$small" 'model={preset: mlp, hidden: []}'

# images NAME RANKS MODEL KEY=VALUE…: some steps on synthetic images of 3 x 32 x 32, with what is done to images.
images() {
    train "$1" "$2" "$small" "model=$3" data.augmentation='{crop: 4, flip: true, cutout: 8}' training.batch=16 training.epochs=1 \
        data.format=synthetic 'data.synthetic={samples: 48, testSamples: 16, shape: [3, 32, 32], classes: 10}' "${@:4}"
}
images lenet5 1 '{preset: lenet5}'
images cnn 1 '{preset: cnn, dropout: 0.3}'
images resnet20 1 '{preset: resnet20}'
images resnet20-B 1 '{preset: resnet20, shortcut: B}'
images resnet20-ranks-2 2 '{preset: resnet20}'
images resnet20-synchronized 2 '{preset: resnet20, synchronized: true}'
images resnet20-averaged 1 '{preset: resnet20}' averaging.form=polynomial
for ranks in 1 2; do images "resnet20-reproducible-$ranks" "$ranks" '{preset: resnet20}' reproducible.shards=2; done
same resnet20-reproducible-{1,2}
for depth in 32 44 56 110; do images "resnet$depth" 1 "{preset: resnet$depth}" training.steps=2; done
images wrn16-4 1 '{preset: wrn16-4, dropout: 0.3}' training.steps=2
images direct 1 '{preset: cnn, convolution: direct}'
images winograd 1 '{preset: cnn, convolution: winograd}'
images layers 1 '{layers: [
    {convolution: {channels: 8, kernel: [3, 5], padding: [1, 2], bias: false, initializer: glorot}}, batchNormalization, relu,
    {residual: {branch: [{convolution: {channels: 16, kernel: 3, padding: 1, stride: 2}}, {batchNormalization: {momentum: 0.3}}],
      shortcut: padding}}, sigmoid,
    {residual: {branch: [{convolution: {channels: 16, kernel: 3, padding: 1, groups: 4}}, layerNormalization, tanh]}},
    {residual: {branch: [{convolution: {channels: 8, kernel: 1}}], shortcut: [{convolution: {channels: 8, kernel: 1}}]}},
    {maxPooling: {kernel: 3, stride: 2, padding: 1}}, {averagePooling: {kernel: 2}}, {dropout: {rate: 0.2}}, relu,
    flatten, {dense: {units: 20, bias: false}}, layerNormalization, tanh, {dense: {units: 10}}]}' 'optimizer={name: sgd}'
images layers-global 2 '{layers: [
    {convolution: {channels: 8, kernel: 3}}, {batchNormalization: {synchronized: true}}, relu, globalAveragePooling, flatten,
    {dense: {units: 10}}]}' training.labelSmoothing=0.1
if $has_bfloat16; then
    images cnn-bf16 1 '{preset: cnn}' training.precision=bf16
    images resnet20-bf16 1 '{preset: resnet20}' training.precision=bf16
    train mlp-bf16 1 "$small" training.precision=bf16
fi

# MARK: - Networks of other kinds

images vit-tiny 1 '{preset: vit-tiny, patch: 8, features: 24, heads: 3, depth: 2, dropout: 0.1}' learningRate.rate=0.003
images mlp-mixer 1 '{preset: mlp-mixer, patch: 8, features: 24, depth: 2}' learningRate.rate=0.003
images mobilenet-v2 1 '{preset: mobilenet-v2}' training.steps=2
images convnext 1 '{layers: [
    {convolution: {channels: 16, kernel: 4, stride: 4}}, {layerNormalization: {over: channels}},
    {residual: {branch: [{convolution: {channels: 16, kernel: 7, padding: same, groups: 16}}, {layerNormalization: {over: channels}},
      {dense: {units: 64, over: channels}}, gelu, {dense: {units: 16, over: channels}}, {layerScale: 0.01}, {stochasticDepth: 0.1}]}},
    globalAveragePooling, flatten, layerNormalization, {dense: 10}]}' learningRate.rate=0.003
images branches 1 '{layers: [
    {convolution: {channels: 16, kernel: 3, padding: same}}, {groupNormalization: {groups: 4}}, silu,
    {concatenation: {branches: {input: [], deep: [{maxPooling: 2}, {convolution: {channels: 32, kernel: 3, padding: same, dilation: 2}},
      instanceNormalization, {leakyRelu: 0.1}, {transposedConvolution: {channels: 16, kernel: 2, stride: 2}}]}}},
    {addition: {branches: {even: [{maxPooling: 2}, {upsampling: {scale: 2, mode: linear}}], input: [{rmsNormalization: {over: channels}}]}}},
    {squeezeExcitation: {reduction: 4}}, {adaptiveAveragePooling: 3}, hardSwish, flatten, {dense: 10}]}' 'optimizer={name: adamw}' \
    learningRate.rate=0.003

# noise NAME RANKS SHAPE MODEL [KEY=VALUE…]: some steps on synthetic samples.
noise() {
    train "$1" "$2" "$small" "model=$4" data.format=synthetic \
        "data.synthetic={samples: 48, testSamples: 16, shape: $3, classes: 4}" training.batch=16 training.epochs=2 "${@:5}"
}
# tokens NAME RANKS [KEY=VALUE…]: the same on sequences that data.py writes.
tokens() {
    train "$1" "$2" "$small" 'model={preset: text-transformer, tokens: 12, padding: 0, features: 24, heads: 3, dropout: 0.1}' \
        'data={format: npy, train: {features: train-tokens.npy, labels: train-token-labels.npy},
            test: {features: test-tokens.npy, labels: test-token-labels.npy}}' \
        training.batch=32 training.epochs=2 learningRate.rate=0.003 "${@:3}"
}
readonly volumes='{preset: conv3d, channels: 8, stages: 2}'
noise conv1d 1 '[2, 100]' '{preset: conv1d, channels: 8, stages: 2, dropout: 0.1}'
noise conv3d 1 '[1, 8, 8, 8]' "$volumes"
tokens text-transformer 1
tokens text-transformer-ranks-2 2
for ranks in 1 2 4; do
    tokens "text-transformer-reproducible-$ranks" "$ranks" reproducible.shards=4
    noise "conv3d-reproducible-$ranks" "$ranks" '[1, 8, 8, 8]' "$volumes" reproducible.shards=4
done
tokens text-transformer-resumed 4 reproducible.shards=4 checkpoint.end=true training.steps=4
resume text-transformer-resumed 2 "$work/text-transformer-resumed/configuration.yaml" training.steps=null
same text-transformer-reproducible-{1,2,4} text-transformer-resumed
same conv3d-reproducible-{1,2,4}

# MARK: - Data files, as data.py writes them

data() { train "$1" 2 "$small" "data=$2" "${@:3}"; }
data csv '{format: csv, train: {file: table.csv}, csv: {separator: ";", label: kind, ignore: [id]}, split: {testFraction: 0.3}}' \
    training.epochs=10
data idx '{format: idx, train: {images: train-images.gz, labels: train-labels.gz},
    test: {images: test-images.gz, labels: test-labels.gz}, augmentation: {crop: 1, flip: true}}'
data npy '{format: npy, train: {features: train-features.npy, labels: train-labels.npy},
    test: {features: test-features.npy, labels: test-labels.npy}}'
data tab-mlp '{format: csv, train: {file: levels.csv}, csv: {label: kind, missing: median}, split: {testFraction: 0.3}}' \
    'model={preset: tab-mlp, hidden: [16]}' learningRate.rate=0.01 training.epochs=6
for kind in cifar10 cifar100; do
    data "$kind" "{format: $kind, train: {files: [train-$kind.bin]}, test: {files: [test-$kind.bin]}}" 'model={preset: lenet5}'
done
