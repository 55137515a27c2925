export { buildSite, type BuildSiteOptions, type LastRun, type Site } from "./build.ts";
export { readCourse, type Course, type CourseNotebook, type CourseStage, type Route, type Skill } from "./course.ts";
