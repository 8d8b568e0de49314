// satisfies() on texts, without state between calls.
#include <benchmark/benchmark.h>

#include "portcullis/semver.hpp"

namespace portcullis::bench {
namespace {

void BM_SemverSatisfies(benchmark::State& state) {
  constexpr std::string_view kVersions[] = {"1.2.3", "1.4.0", "2.0.0-rc.1", "0.9.17", "10.20.30"};
  constexpr std::string_view kRanges[] = {"^1.2.0", ">=1.2.0 <2.0.0", "~1.4", "1.x || >=2.5.0 || 5",
                                          "1.2.3 - 2.3.4"};
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(semver::satisfies(kVersions[at % 5], kRanges[at / 5 % 5], false));
    ++at;
  }
}
BENCHMARK(BM_SemverSatisfies);

}  // namespace
}  // namespace portcullis::bench
