// Compiling a manifest, as fast calls: a page does it for every plugin before it shows the first,
// and embind would copy the manifest's texts once more on both ways.
//
// pc_text() makes room for the manifest's text; pc_compile() gives its handle, or 0 where there is
// an error. The problems stand at pc_problems() as JSON, no bytes at all where there is none; the
// canonical manifest at pc_manifest(). Both until the next call.
#include <emscripten/emscripten.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "state.hpp"

namespace portcullis::wasm {
namespace {

constexpr std::size_t kKeptTextBytes = 65536;

std::unique_ptr<char[]> text;
std::size_t text_bytes = 0;
std::string manifest;
std::string problems;

char* room_for(std::size_t bytes) {
  if (bytes > text_bytes || (text_bytes > kKeptTextBytes && bytes <= kKeptTextBytes)) {
    text_bytes = bytes > kKeptTextBytes ? bytes : kKeptTextBytes;
    text.reset();
    text.reset(new char[text_bytes]);
  }
  return text.get();
}

int compile(std::string_view json) {
  ManifestResult result = parse_manifest(json);
  manifest.clear();
  problems.clear();
  if (!result.problems.empty()) problems = to_json(result.problems);
  if (!result.ok()) return 0;
  manifest = to_json(*result.manifest);
  std::unique_ptr<CompiledPlugin> plugin(new CompiledPlugin{std::move(*result.policy), {}});
  Manifest& kept = plugin->contributions;
  kept.id = std::move(result.manifest->id);
  kept.routes = std::move(result.manifest->routes);
  kept.widgets = std::move(result.manifest->widgets);
  return plugins().add(std::move(plugin));
}

}  // namespace
}  // namespace portcullis::wasm

namespace pcw = portcullis::wasm;

extern "C" {

/// At least 65,536 bytes of it, always.
EMSCRIPTEN_KEEPALIVE char* pc_text(std::uint32_t bytes) { return pcw::room_for(bytes); }

EMSCRIPTEN_KEEPALIVE int pc_compile(std::uint32_t length) {
  return pcw::compile({pcw::text.get(), length <= pcw::text_bytes ? length : 0});
}

EMSCRIPTEN_KEEPALIVE const char* pc_manifest() { return pcw::manifest.data(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_manifest_bytes() {
  return static_cast<std::uint32_t>(pcw::manifest.size());
}
EMSCRIPTEN_KEEPALIVE const char* pc_problems() { return pcw::problems.data(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_problems_bytes() {
  return static_cast<std::uint32_t>(pcw::problems.size());
}

}  // extern "C"
