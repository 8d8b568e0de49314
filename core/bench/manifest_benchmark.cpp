// Parses, validates and compiles 1,000 manifests.
#include <benchmark/benchmark.h>

#include "portcullis/manifest.hpp"
#include "workload.hpp"

namespace portcullis::bench {
namespace {

std::string manifest_of(int plugin) {
  const std::string id = std::to_string(plugin);
  std::string text = R"({"id":"plugin-)" + id + R"(","version":"1.4.)" + id +
                     R"(","engine":{"experience":">=1.2.0 <2.0.0"},"displayName":"Plugin )" + id +
                     R"(","description":"What plugin )" + id +
                     R"( does, in a sentence of the usual length.","contributions":{"routes":[)"
                     R"({"path":"/plugin-)" +
                     id + R"(","component":"Page","resource":"plugin-)" + id +
                     R"(-page"}],"widgets":[{"slot":"dashboard.main","component":"Widget",)"
                     R"("resource":"plugin-)" +
                     id + R"(-widget"}]},"permissions":{"api":[)";
  int at = 0;
  for (const ApiRule& rule : rules_of(plugin)) {
    if (at++ > 0) text += ',';
    text += R"({"method":")" + std::string(name(rule.method)) + R"(","path":")" + rule.path + "\"}";
  }
  return text + R"(],"sse":["/events/plugin-)" + id + "\"]}}";
}

void BM_LoadManifests(benchmark::State& state) {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (int i = 0; i < state.range(0); ++i) {
    texts.push_back(manifest_of(i));
    bytes += texts.back().size();
  }
  for (auto _ : state) {
    for (const std::string& text : texts) {
      const ManifestResult result = parse_manifest(text);
      if (!result.ok()) return state.SkipWithError(result.problems.front().message.c_str());
    }
  }
  state.counters["text_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_LoadManifests)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
