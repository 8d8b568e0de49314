// The hot calls: a decision by integer handles over the scratch buffer. Exported as plain
// functions, because converting strings costs several times the decision itself.
//
// pc_check answers in one integer: bits 0-14 the code, bit 15 whether the canonical path differs
// from the path that came in, bits 16-30 the rule's index plus one (0: none). Where bit 15 is set,
// the canonical path stands at pc_path(), pc_path_bytes() long; the query is the caller's own.
#include <emscripten/emscripten.h>

#include <cstdint>
#include <string_view>

#include "portcullis/semver.hpp"
#include "state.hpp"

namespace portcullis::wasm {

char scratch[kScratchBytes];

HandleTable<CompiledPlugin>& plugins() {
  static HandleTable<CompiledPlugin> table;
  return table;
}

namespace {

CanonicalPath canonical;

// js-glue/src/core/policy.ts numbers the methods in the same order.
static_assert(kMethods == 6 && static_cast<int>(Method::kDelete) == 5);

int pack(PluginPolicy::Verdict verdict) noexcept {
  int answer = static_cast<int>(verdict.code);
  if (verdict.code != Code::kAllowed) return answer;
  answer |= (verdict.rule + 1) << 16;
  if (canonical.rewritten()) answer |= 1 << 15;
  return answer;
}

}  // namespace
}  // namespace portcullis::wasm

namespace pc = portcullis;
namespace pcw = portcullis::wasm;

extern "C" {

EMSCRIPTEN_KEEPALIVE char* pc_scratch() { return pcw::scratch; }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_scratch_bytes() { return pcw::kScratchBytes; }
EMSCRIPTEN_KEEPALIVE const char* pc_path() { return pcw::canonical.path().data(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_path_bytes() {
  return static_cast<std::uint32_t>(pcw::canonical.path().size());
}

/// `method` is the number of an enumerator of Method, or any other number for a method that no rule
/// can name. -1: no such plugin.
EMSCRIPTEN_KEEPALIVE int pc_check(int plugin, std::uint32_t method, std::uint32_t length) {
  const pcw::CompiledPlugin* compiled = pcw::plugins().find(plugin);
  if (compiled == nullptr) return -1;
  const std::string_view target = pcw::scratch_text(0, length);
  if (method >= pc::kMethods) {
    return pcw::pack(compiled->policy.check(std::string_view{}, target, pcw::canonical));
  }
  return pcw::pack(compiled->policy.check(static_cast<pc::Method>(method), target, pcw::canonical));
}

EMSCRIPTEN_KEEPALIVE int pc_check_topic(int plugin, std::uint32_t length) {
  const pcw::CompiledPlugin* compiled = pcw::plugins().find(plugin);
  if (compiled == nullptr) return -1;
  const std::string_view target = pcw::scratch_text(0, length);
  return pcw::pack(compiled->policy.check_topic(target, pcw::canonical));
}

/// The version stands at the start of the scratch buffer, the range behind it.
EMSCRIPTEN_KEEPALIVE int pc_semver_satisfies(std::uint32_t version, std::uint32_t range,
                                             int include_prerelease) {
  return pc::semver::satisfies(pcw::scratch_text(0, version), pcw::scratch_text(version, range),
                               include_prerelease != 0)
             ? 1
             : 0;
}

}  // extern "C"
