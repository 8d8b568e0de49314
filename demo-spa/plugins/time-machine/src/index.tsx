// Requires Experience 9, so no current host imports this file. Logs an error if one does.
console.error('time-machine was imported although its engine.experience excludes this host');

function TimeMachine() {
  return <p role="alert">This host imported an incompatible plugin.</p>;
}

export const widgets = { TimeMachine };
