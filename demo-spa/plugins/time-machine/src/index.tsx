// Needs Experience 9, so no host of today imports this file. It says so if one ever does.
console.error('time-machine was imported: its engine.experience should have kept it out');

function TimeMachine() {
  return <p role="alert">This host imported a plugin that is not made for it.</p>;
}

export const widgets = { TimeMachine };
