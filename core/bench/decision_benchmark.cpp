// Nanoseconds per decision from raw path to verdict, compared with reading the same bytes.
#include <benchmark/benchmark.h>

#include <memory>

#include "allocations.hpp"
#include "portcullis/decision.hpp"
#include "workload.hpp"

namespace portcullis::bench {
namespace {

std::vector<PluginPolicy> policies_of(int plugins) {
  std::vector<PluginPolicy> policies;
  policies.reserve(static_cast<std::size_t>(plugins));
  for (int i = 0; i < plugins; ++i) {
    policies.push_back(*PluginPolicy::compile("p", rules_of(i), {}, nullptr));
  }
  return policies;
}

void check(benchmark::State& state, bool normalised) {
  const int plugins = static_cast<int>(state.range(0));
  const auto policies = policies_of(plugins);
  const auto calls = calls_of(plugins, normalised);
  CanonicalPath canonical;
  std::size_t wrong = 0;
  for (const Call& call : calls) {
    const auto verdict =
        policies[static_cast<std::size_t>(call.plugin)].check(call.method, call.target, canonical);
    wrong += (verdict.code == Code::kAllowed) == call.allowed ? 0 : 1;
  }
  if (wrong != 0) return state.SkipWithError("a verdict is wrong");
  const std::size_t before = allocations();
  std::size_t at = 0;
  for (auto _ : state) {
    const Call& call = calls[at++ % calls.size()];
    benchmark::DoNotOptimize(
        policies[static_cast<std::size_t>(call.plugin)].check(call.method, call.target, canonical));
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

void BM_DecideCanonical(benchmark::State& state) { check(state, true); }
void BM_DecideUnnormalised(benchmark::State& state) { check(state, false); }
BENCHMARK(BM_DecideCanonical)->Arg(1)->Arg(100)->Arg(10000);
BENCHMARK(BM_DecideUnnormalised)->Arg(1)->Arg(100)->Arg(10000);

// The lower bound: every byte of the path is read once.
void BM_ReadBytes(benchmark::State& state) {
  const auto calls = calls_of(static_cast<int>(state.range(0)), true);
  std::size_t at = 0;
  for (auto _ : state) {
    for (const char c : calls[at++ % calls.size()].target) {
      asm volatile("" : : "r"(c));  // one load per byte
    }
  }
}
BENCHMARK(BM_ReadBytes)->Arg(1)->Arg(100)->Arg(10000);

void BM_CompileRules(benchmark::State& state) {
  const int plugins = static_cast<int>(state.range(0));
  std::vector<std::vector<ApiRule>> rules;
  for (int i = 0; i < plugins; ++i) rules.push_back(rules_of(i));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::size_t before = live_bytes();
    std::vector<PluginPolicy> policies;
    policies.reserve(rules.size());
    for (const auto& each : rules) {
      policies.push_back(*PluginPolicy::compile("p", each, {}, nullptr));
    }
    bytes = live_bytes() - before;
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_CompileRules)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
