// What the module holds between calls: compiled plugins, the scratch buffer of the fast calls.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "handle_table.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis::wasm {

/// A manifest that was compiled: its policy, and of the manifest what the policy batch needs.
struct CompiledPlugin {
  PluginPolicy policy;
  Manifest contributions;  ///< id, routes and widgets only
};

HandleTable<CompiledPlugin>& plugins();

/// Fast calls take their text from the start of this buffer. It fits the longest target that is not
/// rejected for its length alone; longer ones go through the text API.
inline constexpr std::size_t kScratchBytes = limits::kMaxPathBytes + limits::kMaxQueryBytes + 1024;
extern char scratch[kScratchBytes];

inline std::string_view scratch_text(std::size_t at, std::size_t length) noexcept {
  if (at > kScratchBytes || length > kScratchBytes - at) return {};
  return {scratch + at, length};
}

}  // namespace portcullis::wasm
