#include <array>
#include <cstdio>

#include "api/gateway.hpp"
#include "base/json_writer.hpp"

namespace portcullis::bff {

std::string access_line(const RequestContext& call, unsigned status, std::uint64_t bytes,
                        bool complete, std::chrono::nanoseconds took) {
  std::string line;
  line.reserve(400);
  JsonObject object(line);
  const PluginLabels who = call.labels();
  object.text("event", "request")
      .text("request_id", call.exchange.request_id())
      .text_if("tenant", who.tenant)
      .text_if("plugin_id", who.plugin_id)
      .text_if("version", who.version)
      .text("method", call.method)
      .text("route", name(call.judgement.target.kind))
      .text_if("path", call.judgement.path());
  if (call.code != Code::kAllowed) object.text("code", name(call.code));
  std::array<char, 32> duration{};
  std::snprintf(duration.data(), duration.size(), "%.3f",
                std::chrono::duration<double, std::milli>(took).count());
  object.number("status", status)
      .raw("duration_ms", duration.data())
      .number("bytes", static_cast<std::int64_t>(bytes))
      .text("remote_ip", call.from.ip)
      .text_if("user", call.judgement.session ? std::string_view(call.judgement.session->subject_id)
                                              : std::string_view())
      .text_if("upstream", call.upstream)
      .text_if("traceparent", call.traceparent)
      .text_if("dropped_headers", call.dropped)
      .text_if("note", call.note);
  if (!complete) object.raw("complete", "false");
  object.close();
  return line.substr(1, line.size() - 2);  // only the members
}

}  // namespace portcullis::bff
