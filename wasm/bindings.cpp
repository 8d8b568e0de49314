// The coarse calls as exports. JavaScript (js-glue/src/core/bindings.ts) sees which arguments are
// texts by what it is given, and takes a call that returns nothing as one whose answer is a text:
//
//   - a text that goes in: ask call_input(n, bytes) for room, n counting the call's texts from 0,
//     and write it there as UTF-8; numbers are the call's own arguments, in the order of
//     coarse.hpp;
//   - a text that comes out stands at call_output(), call_output_bytes() long, until the next call.
//
// No embind (ADR 0008): its glue was 7 KB of the 100 that the page may load, it wants RTTI, and it
// reads a lone surrogate together with the character behind it.
#include <emscripten/emscripten.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "coarse.hpp"

namespace {

namespace wasm = portcullis::wasm;

std::string input[3];
std::string output;

}  // namespace

#define PC_CALL extern "C" EMSCRIPTEN_KEEPALIVE

PC_CALL char* call_input(int index, std::size_t bytes) {
  std::string& text = input[static_cast<std::size_t>(index)];
  text.resize(bytes);
  return text.data();
}
PC_CALL const char* call_output() { return output.data(); }
PC_CALL std::size_t call_output_bytes() { return output.size(); }

PC_CALL void call_code_names() { output = wasm::code_names(); }
PC_CALL void call_console() { output = wasm::console(input[0]); }

PC_CALL int call_admit(int purpose, int holds) { return wasm::admit(purpose, holds); }
PC_CALL int call_stops_version(int every) {
  return wasm::stops_version(every != 0, input[0], input[1]) ? 1 : 0;
}

PC_CALL int call_free_plugin(int plugin) {
  wasm::free_plugin(plugin);
  return 0;
}
PC_CALL int call_plugin_count() { return wasm::plugin_count(); }
PC_CALL void call_decide(int plugin) { output = wasm::decide(plugin, input[0], input[1]); }
PC_CALL void call_decide_topic(int plugin) { output = wasm::decide_topic(plugin, input[0]); }
PC_CALL void call_canonicalize() { output = wasm::canonicalize_target(input[0]); }

PC_CALL int call_semver_satisfies(int include_prerelease) {
  return wasm::semver_satisfies(input[0], input[1], include_prerelease != 0) ? 1 : 0;
}
PC_CALL void call_semver_valid() { output = wasm::semver_valid(input[0]); }
PC_CALL void call_semver_valid_range(int include_prerelease) {
  output = wasm::semver_valid_range(input[0], include_prerelease != 0);
}
PC_CALL int call_semver_compare() { return wasm::semver_compare(input[0], input[1]); }
PC_CALL int call_semver_check_engine() { return wasm::semver_check_engine(input[0], input[1]); }

PC_CALL void call_authzen_requests() {
  output = wasm::authzen_requests(input[0], input[1], input[2]);
}
PC_CALL void call_authzen_apply(int requests, int status) {
  output = wasm::authzen_apply(requests, status, input[0]);
}

PC_CALL void call_integrity_parse() { output = wasm::integrity_parse(input[0]); }
PC_CALL void call_integrity_parse_sri() { output = wasm::integrity_parse_sri(input[0]); }

PC_CALL int call_ledger_new() { return wasm::ledger_new(); }
PC_CALL int call_ledger_free(int ledger) {
  wasm::ledger_free(ledger);
  return 0;
}
PC_CALL int call_ledger_open_plugin(int ledger) {
  return wasm::ledger_open_plugin(ledger, input[0]);
}
PC_CALL void call_ledger_close_plugin(int ledger, int plugin) {
  output = wasm::ledger_close_plugin(ledger, plugin);
}
PC_CALL void call_ledger_open(int ledger, int plugin) {
  output = wasm::ledger_open(ledger, plugin, input[0]);
}
PC_CALL int call_ledger_resolve(int ledger, int stream) {
  return wasm::ledger_resolve(ledger, stream) ? 1 : 0;
}
PC_CALL void call_ledger_close(int ledger, int subscription) {
  output = wasm::ledger_close(ledger, subscription);
}
PC_CALL void call_ledger_end_stream(int ledger, int stream) {
  output = wasm::ledger_end_stream(ledger, stream);
}
PC_CALL void call_ledger_subscribers(int ledger, int stream) {
  output = wasm::ledger_subscribers(ledger, stream);
}
PC_CALL int call_ledger_subscription_count(int ledger, int plugin) {
  return wasm::ledger_subscription_count(ledger, plugin);
}
PC_CALL int call_ledger_is_open(int ledger, int plugin) {
  return wasm::ledger_is_open(ledger, plugin) ? 1 : 0;
}
PC_CALL void call_ledger_plugin_of(int ledger, int stream) {
  output = wasm::ledger_plugin_of(ledger, stream);
}
PC_CALL void call_ledger_path_of(int ledger, int stream) {
  output = wasm::ledger_path_of(ledger, stream);
}
PC_CALL void call_ledger_totals(int ledger) { output = wasm::ledger_totals(ledger); }
