// Serves lab fixtures instead of an upstream. Faults are produced on the client's own connection,
// so that tests see what a broken network shows: a reset, silence, half a body, bytes that are not
// HTTP.
#pragma once

#include "api/fixture_routes.hpp"
#include "api/open_call.hpp"
#include "domain/metrics.hpp"

namespace portcullis::bff {

class LabFixtureRoutes final : public FixtureRoutes {
 public:
  LabFixtureRoutes(const Clock& clock, StreamHub& streams, Metrics& metrics,
                   OpenCallJudge open_judge)
      : clock_(clock), streams_(streams), metrics_(metrics), open_judge_(open_judge) {}

  [[nodiscard]] bool answer_now(RequestContext& call) override;
  [[nodiscard]] boost::asio::awaitable<void> answer(RequestContext& call) override;

 private:
  const Clock& clock_;
  StreamHub& streams_;
  Metrics& metrics_;
  OpenCallJudge open_judge_;
};

}  // namespace portcullis::bff
