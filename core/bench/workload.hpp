// The rules and paths of all benchmarks; bench/workload.mjs generates the same ones.
#pragma once

#include <string>
#include <vector>

#include "portcullis/allow_list.hpp"

namespace portcullis::bench {

inline constexpr int kTemplates = 20;

/// Four kinds of template, five of each; parameter names differ per plugin.
inline std::string template_of(int plugin, int index) {
  const std::string id = std::to_string(plugin);
  const std::string own = id + '_' + std::to_string(index);
  const std::string base = "/api/plugin-" + id + "/resource-" + std::to_string(index);
  switch (index % 4) {
    case 0:
      return base + "/summary";
    case 1:
      return base + "/:id" + own;
    case 2:
      return base + "/:id" + own + "/items/:item" + own;
    default:
      return base + "/files/*";
  }
}

inline std::vector<ApiRule> rules_of(int plugin) {
  std::vector<ApiRule> rules;
  for (int i = 0; i < kTemplates; ++i) {
    rules.push_back({i % 5 == 4 ? Method::kPost : Method::kGet, template_of(plugin, i), {}});
  }
  return rules;
}

struct Call {
  int plugin = 0;
  Method method = Method::kGet;
  std::string target;
  bool allowed = false;
};

/// A path the template allows; if not normalised, with dot segments and a percent triplet.
inline std::string path_of(int plugin, int index, bool normalised) {
  const std::string base = "/api/plugin-" + std::to_string(plugin) +
                           (normalised ? "" : "/./%7Euser/..") + "/resource-" +
                           std::to_string(index);
  switch (index % 4) {
    case 0:
      return base + "/summary";
    case 1:
      return base + "/4711";
    case 2:
      return base + "/4711/items/a-17";
    default:
      return base + "/files/2026/report.pdf";
  }
}

/// Half hits, half misses (an unknown resource), over all plugins in a fixed mixed order.
inline std::vector<Call> calls_of(int plugins, bool normalised) {
  constexpr int kCalls = 4096;
  std::vector<Call> calls;
  calls.reserve(kCalls);
  unsigned state = 1;
  for (int i = 0; i < kCalls; ++i) {
    state = state * 1664525U + 1013904223U;
    const int plugin = static_cast<int>((state >> 8) % static_cast<unsigned>(plugins));
    const int index = i % kTemplates;
    const bool hit = (state >> 30) % 2 == 0;
    Call call{plugin, index % 5 == 4 ? Method::kPost : Method::kGet,
              path_of(plugin, index, normalised), hit};
    if (!hit) call.target.replace(call.target.find("/resource-"), 10, "/nosource-");
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace portcullis::bench
