'use strict';

/** Says what a run is about to do, and about how long it takes: first words for who waits in front of a terminal. */
class Announcement {
  constructor(globalConfig, { firstTime } = {}) {
    this.workers = globalConfig.maxWorkers;
    this.firstTime = firstTime;
  }

  onRunStart({ numTotalTestSuites: suites }, { estimatedTime }) {
    const server = process.env.TEST_DATABASE_URL
      ? 'on the server of TEST_DATABASE_URL'
      : 'on a PostgreSQL of their own';
    const time =
      estimatedTime > 0 ? `about ${inWords(estimatedTime)}, judging by former runs` : this.firstTime;
    const words = [count(suites, 'suite'), `in ${count(this.workers, 'process', 'es')}`, server].join(' ');
    process.stderr.write(`${words}${time === undefined ? '' : `: ${time}`}\n`);
  }
}

function inWords(seconds) {
  return seconds < 90 ? count(seconds, 'second') : count(Math.round(seconds / 60), 'minute');
}

function count(number, noun, ending = 's') {
  return `${number} ${noun}${number === 1 ? '' : ending}`;
}

module.exports = Announcement;
